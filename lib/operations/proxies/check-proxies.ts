import { seesBothFamilies, type WitnessAnswer } from "../../domain/exit-check.ts";
import { type DirectIp, type ExitIp, exitKeyOf, otherFamilyOf, type PublicRange } from "../../domain/ip.ts";
import type { Proxy, Upstream } from "../../domain/proxy/proxy.ts";
import type { Remedy, Spoken, Told, TransportFailureKind } from "../../domain/proxy/transport.ts";
import { vendorNotes } from "../../domain/vendors/vendor-notes.ts";
import type { Evidence, Sighting } from "../../domain/verdict/evidence.ts";
import { judgeProof, type ProofVerdict } from "../../policy/proof.ts";
import { evidenceOfProof, isRefusal } from "../../policy/verdict/evidence-of-proof.ts";
import type { Guard, VerdictFacts } from "../../policy/verdict/facts.ts";
import { judge } from "../../policy/verdict/judge.ts";
import { seenFrom, sharersOf } from "../../policy/verdict/sharers.ts";
import type { ExitWitness, NetworkControl } from "../../ports/exit-witness.ts";
import type { RelayFactory } from "../../ports/relay.ts";
import { inParallel } from "../in-parallel.ts";
import type { Operator } from "../operator.ts";
import { openUpstream } from "./open-upstream.ts";

/** What a check needs of the network. */
export interface CheckTools {
  readonly relays: RelayFactory;
  readonly witness: ExitWitness;
  readonly witnesses: readonly string[];
  /** Those that may be asked without a proxy. */
  readonly directWitnesses: readonly string[];
  readonly publicRanges: readonly PublicRange[];
  readonly timeoutMs: number;
  readonly limit: number;
  readonly control: NetworkControl;
}

/** What came of checking one proxy. `outcome` is `proven`, a transport failure's kind, or why the answers did not count. */
export interface CheckedProxy {
  readonly label: string;
  readonly verdict: "ok" | "failed" | "unsure";
  readonly outcome: ProofVerdict["kind"] | TransportFailureKind | "unopenable" | "offline";
  readonly message: string;
  readonly remedy: Remedy | undefined;
  readonly spoken?: Spoken | undefined;
  readonly told?: Told | undefined;
  /** The main one; `exitIps` has that of the other address family as well. */
  readonly exitIp: ExitIp | undefined;
  readonly exitIps: readonly ExitIp[];
  readonly reach: "public" | "lab" | undefined;
  readonly expectedIp: ExitIp | undefined;
  readonly country: string | undefined;
  /** Set when the seen country is not the one the proxy is listed with. */
  readonly listedCountry: string | undefined;
  readonly agreed: number;
  readonly asked: number;
  /** From the first byte to the last witness's answer. */
  readonly latencyMs: number | undefined;
  /** What an operator should know of the vendor's ways. */
  readonly vendorNotes: readonly string[];
  /** Other proxies of this check that leave from the same exit: no two accounts can use them at once. */
  readonly sameExitAs: readonly string[];
}

/** Reads each proxy's exit address through a relay of its own, judges it as a start would, and records it; `onLooked` hears of each as it comes. */
export async function checkProxies(
  operator: Operator,
  tools: CheckTools,
  proxies: readonly Proxy[],
  onLooked: (label: string, verdict: CheckedProxy["verdict"]) => void = () => {},
): Promise<readonly CheckedProxy[]> {
  const directIps = await askDirect(tools);
  const looks = await inParallel(proxies, tools.limit, async (proxy) => {
    const look = await lookThrough(operator, tools, proxy, directIps);
    if (look.evidence !== undefined && !look.isOpen) await report(operator, look.evidence, proxy, "answers");
    onLooked(proxy.label, look.result.verdict);
    return look;
  });
  const checked = await closeOpen(operator, tools, looks);
  return checked.map((result) => ({ ...result, sameExitAs: sameExits(result, checked) }));
}

/** The host's own addresses; only answers of both families wait for the second one. */
type OwnAddresses = (answers: readonly WitnessAnswer[]) => Promise<readonly DirectIp[]>;

async function askDirect({ witness, directWitnesses, timeoutMs }: CheckTools): Promise<OwnAddresses> {
  const main = await witness.directIp(directWitnesses, timeoutMs);
  if (main === undefined) return async () => [];
  const other = witness.directIp(directWitnesses, timeoutMs, otherFamilyOf(main));
  return async (answers) =>
    [main, seesBothFamilies(answers) ? await other : undefined].filter((ip) => ip !== undefined);
}

interface Look {
  readonly proxy: Proxy;
  readonly result: Omit<CheckedProxy, "sameExitAs">;
  /** Undefined where nothing was seen of the proxy. */
  readonly evidence: Evidence | undefined;
  /** Whether it counts only once something else has answered. */
  readonly isOpen: boolean;
}

// What failed in silence is the proxies' own only when anything else answers from this host.
async function closeOpen(
  operator: Operator,
  { control }: CheckTools,
  looks: readonly Look[],
): Promise<readonly CheckedProxy[]> {
  const open = looks.filter(({ isOpen }) => isOpen);
  const hasAnswered = looks.some(({ evidence, isOpen }) => evidence !== undefined && !isOpen);
  const answer =
    open.length === 0 || hasAnswered ? undefined : await control.ask(open.map(({ proxy }) => proxy));
  const isOnline = answer?.isAnswered ?? true;
  for (const { proxy, evidence } of open)
    if (evidence !== undefined) await report(operator, evidence, proxy, isOnline ? "answers" : "silent");
  return looks.map(({ result, isOpen, evidence }) => {
    const isLocal = evidence?.kind === "proxy-failed" && evidence.failure.scope === "host";
    if (!isOpen || (isOnline && !isLocal)) return { ...result, sameExitAs: [] };
    return { ...result, verdict: "unsure", outcome: "offline", sameExitAs: [] };
  });
}

async function lookThrough(
  operator: Operator,
  tools: CheckTools,
  proxy: Proxy,
  directIps: OwnAddresses,
): Promise<Look> {
  const opened = await openUpstream(operator, proxy);
  if (opened.kind === "unopenable") {
    const told = { verdict: "failed", outcome: "unopenable", message: opened.why } as const;
    return { proxy, result: { ...blank(proxy), ...told }, evidence: undefined, isOpen: false };
  }
  const startedAtMs = operator.clock.monotonicMs();
  for (let refusals = 0; ; ) {
    const answers = await askThrough(operator, tools, opened.upstream);
    const tookMs = Math.round(operator.clock.monotonicMs() - startedAtMs);
    const expectation = { expectedIp: proxy.expectedIp, directIps: await directIps(answers), pin: false };
    const verdict = judgeProof(answers, expectation);
    refusals = isRefusal(verdict) ? refusals + 1 : 0;
    const evidence = evidenceOfProof(verdict, { tookMs, refusals });
    const { decision } = judge(
      sightingOf(operator, proxy, evidence),
      blankFacts(proxy),
      unasked,
      operator.clock.now(),
    );
    if (decision.kind === "ask-again") continue;
    const isOpen = decision.kind === "set-aside" && decision.awaitsControl;
    return {
      proxy,
      result: {
        ...describe(proxy, verdict),
        latencyMs: tookMs,
        asked: answers.length,
        vendorNotes: vendorNotes({ ...proxy, credential: opened.upstream.credential }),
      },
      evidence,
      isOpen,
    };
  }
}

async function askThrough(
  operator: Operator,
  tools: CheckTools,
  upstream: Upstream,
): Promise<readonly WitnessAnswer[]> {
  const relay = await tools.relays.open({
    name: upstream.label,
    token: operator.random.uuid().replaceAll("-", ""),
    local: [],
    publicRanges: tools.publicRanges,
    onEvent: () => {},
  });
  try {
    relay.setUpstream(upstream);
    const dial = relay.dial.bind(relay);
    return await Promise.all(
      tools.witnesses.map(async (witness) => await tools.witness.ask(witness, dial, tools.timeoutMs)),
    );
  } finally {
    await relay.close();
  }
}

function describe(proxy: Proxy, verdict: ProofVerdict): Look["result"] {
  const base = { ...blank(proxy), outcome: verdict.kind };
  switch (verdict.kind) {
    case "proven": {
      const { exitIps, reach, agreed, country } = verdict.proof;
      const listedCountry = country === undefined || country === proxy.country ? undefined : proxy.country;
      const told = `${agreed} witnesses saw ${exitIps.join(" and ")}`;
      const message = verdict.besides === undefined ? told : `${told}; ${verdict.besides}`;
      const seen = { exitIp: exitIps[0], exitIps, reach, agreed, country, listedCountry };
      return { ...base, verdict: "ok", message, ...seen };
    }
    case "mismatch": {
      const { exitIps, reach, agreed, country } = verdict.proof;
      const seen = { exitIp: exitIps[0], exitIps, reach, agreed, country };
      return { ...base, verdict: "failed", message: verdict.why, ...seen };
    }
    case "direct_leak":
      return { ...base, verdict: "failed", message: verdict.why, exitIp: verdict.ip, exitIps: [verdict.ip] };
    case "transport":
      return {
        ...base,
        verdict: "failed",
        message: verdict.why,
        outcome: verdict.failure.kind,
        remedy: verdict.failure.remedy,
        spoken: verdict.failure.spoken,
        told: verdict.failure.told,
      };
    case "incomplete":
    case "disagreeing":
      return { ...base, verdict: "unsure", message: verdict.why };
  }
}

function blank(proxy: Proxy): Omit<CheckedProxy, "verdict" | "outcome" | "message" | "sameExitAs"> {
  return {
    label: proxy.label,
    remedy: undefined,
    exitIp: undefined,
    exitIps: [],
    reach: undefined,
    expectedIp: proxy.expectedIp,
    country: undefined,
    listedCountry: undefined,
    agreed: 0,
    asked: 0,
    latencyMs: undefined,
    vendorNotes: [],
  };
}

const unasked: Guard = { control: "unasked", random01: 0.5 };

async function report(
  operator: Operator,
  evidence: Evidence,
  proxy: Proxy,
  control: Guard["control"],
): Promise<void> {
  const { store, clock, random } = operator;
  const [all, health] = await Promise.all([store.proxies.list(), store.proxies.health()]);
  const now = all.find(({ id }) => id === proxy.id);
  if (now === undefined) return;
  const [own, ...sharing] = seenFrom(operator.hostKey, [now, ...sharersOf([proxy, now], all)], health);
  const facts: VerdictFacts = { proxy: now, assignment: undefined, health: own?.health, sharing };
  const guard: Guard = { control, random01: random.random01() };
  await store.apply(judge(sightingOf(operator, proxy, evidence), facts, guard, clock.now()).changes);
}

function sightingOf({ actor, host, hostKey }: Operator, proxy: Proxy, evidence: Evidence): Sighting {
  return { by: { actor, host, hostKey, runId: undefined, accountId: undefined }, proxy, evidence };
}

function blankFacts(proxy: Proxy): VerdictFacts {
  return { proxy, assignment: undefined, health: undefined, sharing: [] };
}

function sameExits(result: CheckedProxy, all: readonly CheckedProxy[]): readonly string[] {
  const keys = result.exitIps.map(exitKeyOf);
  return all
    .filter(
      ({ label, exitIps }) => label !== result.label && exitIps.some((ip) => keys.includes(exitKeyOf(ip))),
    )
    .map(({ label }) => label);
}
