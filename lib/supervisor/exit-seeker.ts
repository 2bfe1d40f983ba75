import type { Credential } from "../domain/credential.ts";
import type { WitnessAnswer } from "../domain/exit-reading.ts";
import type { ProxyId } from "../domain/ids.ts";
import { neighbourhoodOf } from "../domain/ip.ts";
import type { Upstream } from "../domain/proxy.ts";
import type { AccountFacts, CandidateFacts } from "../domain/selection-facts.ts";
import { instant } from "../domain/time.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { Way } from "../policy/bot-machine/state.ts";
import type { Exclusion } from "../policy/eligibility.ts";
import { judgeProof, type ProofVerdict } from "../policy/proof.ts";
import { describeRejections } from "../policy/rejection.ts";
import { select } from "../policy/select.ts";
import type { Relay } from "../ports/relay.ts";
import { leaveExit } from "./leave-exit.ts";
import type { RunBook } from "./run-book.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import { pause } from "./take-lease.ts";

/** How long too few witnesses are asked again before the start is given up for now (CONTRACTS §4). */
const retryWitnessesForMs = 30_000;
const retryWitnessesEveryMs = 2_000;
const witnessTimeoutMs = 5_000;

/** Finds the account's next way out: choice and proof, with what was tried in the present decision. */
export interface ExitSeeker {
  choose(lost: Way | undefined, isNewDecision: boolean): Promise<BotEvent>;
  prove(way: Way, signal: AbortSignal): Promise<BotEvent>;
  /** Sets a way aside for the rest of this decision. */
  exclude(way: Way, exclusion: Exclusion): void;
  /** The facts of the way in use, as selection saw them. */
  factsOf(proxyId: ProxyId): CandidateFacts | undefined;
  /** Opens the candidate's credential for the relay; undefined when it cannot be opened. */
  upstreamOf(candidate: CandidateFacts): Upstream | undefined;
  /** Every other candidate that could be chosen now, best first. */
  alternatives(to: ProxyId): Promise<readonly CandidateFacts[]>;
}

export function exitSeeker(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  relay: Relay,
  book: RunBook,
): ExitSeeker {
  const tried = new Map<ProxyId, Exclusion>();
  let facts: AccountFacts | undefined;

  const factsOf = (proxyId: ProxyId) => facts?.candidates.find((candidate) => candidate.proxy.id === proxyId);
  const openable = (proxyId: ProxyId): boolean => {
    const candidate = factsOf(proxyId);
    return candidate !== undefined && upstreamFor(ports, candidate) !== undefined;
  };
  const selection = (excluded: ReadonlyMap<ProxyId, Exclusion>, lost: Way | undefined, read: AccountFacts) =>
    select(read, {
      nowMs: ports.clock.now(),
      excluded,
      openable,
      lost: lost === undefined ? undefined : surroundingsOf(factsOf(lost.proxyId)),
      order: settings.selectionOrder,
    });

  return {
    async choose(lost, isNewDecision) {
      if (isNewDecision) tried.clear();
      await book.settled();
      facts = await ports.store.accounts.facts(settings.account.id);
      const { name } = settings.account;
      if (facts === undefined) {
        return {
          type: "none-eligible",
          reason: `the account "${name}" was removed`,
          exitStatus: 69,
          retryInMs: undefined,
        };
      }
      const found = selection(tried, lost, facts);
      if (found.kind === "chosen") return { type: "chosen", way: wayOf(found.candidate) };
      const now = ports.clock.now();
      const retryInMs =
        found.canBecomeEligibleAt === undefined ? undefined : Math.max(0, found.canBecomeEligibleAt - now);
      const reason = describeRejections(found.rejected, now);
      return { type: "none-eligible", reason, exitStatus: found.exitStatus, retryInMs };
    },

    async prove(way, signal) {
      const candidate = factsOf(way.proxyId);
      const upstream = candidate === undefined ? undefined : upstreamFor(ports, candidate);
      if (candidate === undefined || upstream === undefined) {
        tried.set(way.proxyId, { why: "has a credential that cannot be opened", outlook: "credential" });
        return { type: "not-proved", reason: `${way.label} has a credential that cannot be opened` };
      }
      relay.setUpstream(upstream);
      const startedAt = ports.clock.monotonicMs();
      for (;;) {
        const verdict = await proveOnce(ports, settings, relay, candidate);
        signal.throwIfAborted();
        const waitedMs = ports.clock.monotonicMs() - startedAt;
        if (verdict.kind === "incomplete" && waitedMs + retryWitnessesEveryMs < retryWitnessesForMs) {
          ports.journal.say({
            level: "info",
            unit: settings.unit.name,
            text: `${way.label}: ${verdict.why}; asking again`,
          });
          await pause(ports.clock, retryWitnessesEveryMs, signal);
          continue;
        }
        recordProof(ports, settings, book, candidate, verdict, ports.clock.monotonicMs() - startedAt);
        if (verdict.kind === "proven") return { type: "proved", proof: verdict.proof };
        tried.set(way.proxyId, exclusionOf(verdict));
        leaveFailedCandidate(ports, book, candidate, verdict);
        return { type: "not-proved", reason: verdict.why };
      }
    },

    exclude: (way, exclusion) => void tried.set(way.proxyId, exclusion),
    factsOf,
    upstreamOf: (candidate) => upstreamFor(ports, candidate),

    async alternatives(to) {
      facts = (await ports.store.accounts.facts(settings.account.id)) ?? facts;
      if (facts === undefined) return [];
      const found = selection(new Map([[to, { why: "is in use", outlook: "operator" }]]), undefined, facts);
      return found.kind === "chosen" ? found.ranked : [];
    },
  };
}

export function wayOf(candidate: CandidateFacts): Way {
  return { assignmentId: candidate.assignment.id, proxyId: candidate.proxy.id, label: candidate.proxy.label };
}

/** Asks every witness through the relay at once and judges the round. */
export async function askAll(
  ports: Pick<RunnerPorts, "witness">,
  witnesses: readonly string[],
  relay: Pick<Relay, "dial">,
): Promise<readonly WitnessAnswer[]> {
  const dial = relay.dial.bind(relay);
  return Promise.all(witnesses.map((witness) => ports.witness.ask(witness, dial, witnessTimeoutMs)));
}

async function proveOnce(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  relay: Relay,
  candidate: CandidateFacts,
): Promise<ProofVerdict> {
  const [answers, directIp] = await Promise.all([
    askAll(ports, settings.witnesses, relay),
    ports.directIp.first(),
  ]);
  return judgeProof(answers, {
    expectedIp: candidate.proxy.expectedIp,
    directIp: ports.directIp.current() ?? directIp,
    pin: settings.unit.pinExit,
  });
}

function recordProof(
  ports: RunnerPorts,
  settings: BotRunnerSettings,
  book: RunBook,
  candidate: CandidateFacts,
  verdict: ProofVerdict,
  latencyMs: number,
): void {
  const { proxy, assignment } = candidate;
  const at = ports.clock.now();
  const proof = verdict.kind === "proven" ? verdict.proof : undefined;
  book.write(async (store) => {
    await store.proxies.recordCheck({
      proxyId: proxy.id,
      runId: settings.runId,
      kind: "proof",
      isOk: proof !== undefined,
      reason: verdict.kind === "proven" ? undefined : verdict.why,
      latencyMs: Math.round(latencyMs),
      exitIp: proof?.exitIp,
      country: proof?.country,
      at,
    });
    await store.accounts.updateAssignment(assignment.id, { lastCheckedAt: at });
    if (proof === undefined) return;
    if (proxy.state !== "up")
      await store.proxies.update(proxy.id, { state: "up", stateSince: at, nextProbeAt: undefined });
    if (verdict.kind === "proven" && verdict.pins)
      await store.proxies.pinExpectedIp(proxy.id, verdict.proof.exitIp);
  });
}

type Failed = Exclude<ProofVerdict, { kind: "proven" }>;

function exclusionOf(verdict: Failed): Exclusion {
  switch (verdict.kind) {
    case "transport":
      return { why: verdict.why, outlook: verdict.failure.kind === "auth" ? "credential" : "returns" };
    case "incomplete":
    case "disagreeing":
      return { why: `could not be proven: ${verdict.why}`, outlook: "returns" };
    case "mismatch":
    case "direct_leak":
      return { why: `shows the wrong exit: ${verdict.why}`, outlook: "operator" };
    default:
      return verdict satisfies never;
  }
}

// Witnesses that are down or disagree are not the proxy's fault: no strike, no cooldown.
function leaveFailedCandidate(
  ports: RunnerPorts,
  book: RunBook,
  candidate: CandidateFacts,
  verdict: Failed,
): void {
  if (verdict.kind === "incomplete" || verdict.kind === "disagreeing") return;
  const isAuth = verdict.kind === "transport" && verdict.failure.kind === "auth";
  const cause = isAuth ? "auth" : verdict.kind === "transport" ? "transport" : "drift";
  leaveExit({
    book,
    candidate,
    cause,
    reason: verdict.why,
    nowMs: instant(ports.clock.now()),
    unit: ports.random.unit(),
  });
}

function upstreamFor(ports: Pick<RunnerPorts, "vault">, { proxy }: CandidateFacts): Upstream | undefined {
  const { label, endpoint, sealed } = proxy;
  let credential: Credential | undefined;
  if (sealed !== undefined) {
    const opened = ports.vault.open(sealed, { id: proxy.id, label, scheme: endpoint.scheme });
    if (opened.kind === "unopenable") return undefined;
    credential = opened.credential;
  }
  return { label, endpoint, credential };
}

function surroundingsOf(candidate: CandidateFacts | undefined) {
  const exitIp = candidate?.lastExitIp ?? candidate?.proxy.expectedIp;
  return {
    provider: candidate?.proxy.provider,
    neighbourhood: exitIp === undefined ? undefined : neighbourhoodOf(exitIp),
  };
}
