import type { WitnessAnswer } from "../../domain/exit-reading.ts";
import { type DirectIp, type ExitIp, exitKeyOf, type PublicRange } from "../../domain/ip.ts";
import type { Proxy, ProxyState, Upstream } from "../../domain/proxy/proxy.ts";
import type { Remedy, TransportFailureKind } from "../../domain/proxy/transport.ts";
import { judgeProof, type ProofVerdict } from "../../policy/proof.ts";
import type { ExitWitness } from "../../ports/exit-witness.ts";
import type { RelayFactory } from "../../ports/relay.ts";
import { inParallel } from "../in-parallel.ts";
import type { Operator } from "../operator.ts";

/** What a check needs of the network. */
export interface CheckTools {
  readonly relays: RelayFactory;
  readonly witness: ExitWitness;
  readonly witnesses: readonly string[];
  readonly publicRanges: readonly PublicRange[];
  readonly timeoutMs: number;
  readonly limit: number;
}

/** What came of checking one proxy. `outcome` is `proven`, a transport failure's kind, or why the answers did not count. */
export interface CheckedProxy {
  readonly label: string;
  readonly verdict: "ok" | "failed" | "unsure";
  readonly outcome: ProofVerdict["kind"] | TransportFailureKind | "unopenable";
  readonly message: string;
  readonly remedy: Remedy | undefined;
  readonly exitIp: ExitIp | undefined;
  readonly reach: "public" | "lab" | undefined;
  readonly expectedIp: ExitIp | undefined;
  readonly country: string | undefined;
  /** Set when the seen country is not the one the proxy is listed with. */
  readonly listedCountry: string | undefined;
  readonly agreed: number;
  readonly asked: number;
  /** From the first byte to the last witness's answer. */
  readonly latencyMs: number | undefined;
  /** Other proxies of this check that leave from the same exit: no two accounts can use them at once. */
  readonly sameExitAs: readonly string[];
}

/** Reads each proxy's exit address through a relay of its own, judges it as a start would, and records it. */
export async function checkProxies(
  operator: Operator,
  tools: CheckTools,
  proxies: readonly Proxy[],
): Promise<readonly CheckedProxy[]> {
  const directIp = await tools.witness.directIp(tools.witnesses, tools.timeoutMs);
  const checked = await inParallel(proxies, tools.limit, async (proxy) => {
    const result = await checkProxy(operator, tools, proxy, directIp);
    await keep(operator, proxy, result);
    return result;
  });
  return checked.map((result) => ({ ...result, sameExitAs: sharersOf(result, checked) }));
}

async function checkProxy(
  operator: Operator,
  tools: CheckTools,
  proxy: Proxy,
  directIp: DirectIp | undefined,
): Promise<CheckedProxy> {
  const opened = await openUpstream(operator, proxy);
  if (opened.kind === "unopenable")
    return { ...blank(proxy), verdict: "failed", outcome: "unopenable", message: opened.why };
  const startedAtMs = operator.clock.monotonicMs();
  const answers = await askThrough(operator, tools, opened.upstream);
  const latencyMs = Math.round(operator.clock.monotonicMs() - startedAtMs);
  const verdict = judgeProof(answers, { expectedIp: proxy.expectedIp, directIp, pin: false });
  return { ...describe(proxy, verdict), latencyMs, asked: answers.length };
}

async function openUpstream(
  operator: Operator,
  proxy: Proxy,
): Promise<{ kind: "opened"; upstream: Upstream } | { kind: "unopenable"; why: string }> {
  const { id, label, endpoint, sealed, ca } = proxy;
  if (sealed === undefined)
    return { kind: "opened", upstream: { label, endpoint, ca, credential: undefined } };
  const opened = (await operator.openVault()).open(sealed, { id, label, scheme: endpoint.scheme });
  if (opened.kind === "unopenable") return opened;
  return { kind: "opened", upstream: { label, endpoint, ca, credential: opened.credential } };
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

function describe(proxy: Proxy, verdict: ProofVerdict): CheckedProxy {
  const base = { ...blank(proxy), outcome: verdict.kind };
  switch (verdict.kind) {
    case "proven": {
      const { exitIp, reach, agreed, country } = verdict.proof;
      const listedCountry = country === undefined || country === proxy.country ? undefined : proxy.country;
      const message = `${agreed} witnesses saw ${exitIp}`;
      return { ...base, verdict: "ok", message, exitIp, reach, agreed, country, listedCountry };
    }
    case "mismatch": {
      const { exitIp, reach, agreed, country } = verdict.proof;
      return { ...base, verdict: "failed", message: verdict.why, exitIp, reach, agreed, country };
    }
    case "direct_leak":
      return { ...base, verdict: "failed", message: verdict.why, exitIp: verdict.ip };
    case "transport":
      return {
        ...base,
        verdict: "failed",
        message: verdict.why,
        outcome: verdict.failure.kind,
        remedy: verdict.failure.remedy,
      };
    case "incomplete":
    case "disagreeing":
      return { ...base, verdict: "unsure", message: verdict.why };
  }
}

function blank(proxy: Proxy): Omit<CheckedProxy, "verdict" | "outcome" | "message"> {
  return {
    label: proxy.label,
    remedy: undefined,
    exitIp: undefined,
    reach: undefined,
    expectedIp: proxy.expectedIp,
    country: undefined,
    listedCountry: undefined,
    agreed: 0,
    asked: 0,
    latencyMs: undefined,
    sameExitAs: [],
  };
}

async function keep(operator: Operator, proxy: Proxy, result: CheckedProxy): Promise<void> {
  const at = operator.clock.now();
  await operator.store.proxies.recordCheck({
    proxyId: proxy.id,
    runId: undefined,
    kind: "check",
    isOk: result.verdict === "ok",
    reason: result.verdict === "ok" ? undefined : result.outcome,
    latencyMs: result.latencyMs,
    exitIp: result.exitIp,
    country: result.country,
    at,
  });
  const state = stateAfter(result);
  if (state !== undefined && state !== proxy.state)
    await operator.store.proxies.update(proxy.id, { state, stateSince: at, nextProbeAt: undefined });
}

// Only what the proxy itself said changes its state. That it could not be reached from here, once, may be this host's own trouble.
function stateAfter({ outcome }: CheckedProxy): ProxyState | undefined {
  if (outcome === "proven") return "up";
  if (outcome === "auth") return "auth_failed";
  return outcome === "mismatch" ? "drifted" : undefined;
}

function sharersOf(result: CheckedProxy, all: readonly CheckedProxy[]): readonly string[] {
  const { exitIp, label } = result;
  if (exitIp === undefined) return [];
  return all
    .filter((other) => other.label !== label && other.exitIp !== undefined)
    .filter((other) => other.exitIp !== undefined && exitKeyOf(other.exitIp) === exitKeyOf(exitIp))
    .map((other) => other.label);
}
