import type { Account } from "../../domain/account.ts";
import type { Proof } from "../../domain/exit-reading.ts";
import type { ProxyId } from "../../domain/ids.ts";
import { neighbourhoodOf } from "../../domain/ip.ts";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import type { AccountFacts, CandidateFacts } from "../../domain/selection-facts.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import type { BotEvent } from "../../policy/machine/event.ts";
import type { ProvenWay, Way } from "../../policy/machine/state.ts";
import type { ProofVerdict } from "../../policy/proof.ts";
import { proxyUnavailable } from "../../policy/rejection.ts";
import { type Selection, select } from "../../policy/select.ts";
import type { Relay } from "../../ports/relay.ts";
import { pause } from "../lease/take-lease.ts";
import type { BotRunnerSettings } from "../runner-settings.ts";
import type { SessionParts } from "../session-parts.ts";
import { proveOnce } from "./ask-witnesses.ts";
import { leaveExit } from "./leave-exit.ts";
import { type FailedProof, recordProof } from "./record-proof.ts";
import { upstreamOf } from "./upstream-of.ts";
import { type Withdrawal, withdrawalOf } from "./withdrawal.ts";

/** How long too few witnesses are asked again before the start is given up for now (docs/architecture.md, Proof). */
const retryWitnessesForMs = 30_000;
const retryWitnessesEveryMs = 2_000;

/** Finds the account's next way out: choice and proof, with what was tried in the present decision. */
export class ExitSeeker {
  readonly #parts: SessionParts<BotRunnerSettings>;
  readonly #relay: Relay;
  readonly #tried = new Map<ProxyId, Exclusion>();
  #facts: AccountFacts | undefined;

  constructor(parts: SessionParts<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
  }

  /** `lost` is the way just left: another vendor or network is preferred to its own. */
  async choose(lost: Way | undefined, isNewDecision: boolean): Promise<BotEvent> {
    const { ports, settings, book } = this.#parts;
    if (isNewDecision) this.#tried.clear();
    // What was just written about the lost exit is part of the facts.
    await book.settled();
    this.#facts = await ports.store.accounts.facts(settings.account.id);
    if (this.#facts === undefined) return accountRemoved(settings.account.name);
    const found = this.#select(this.#facts, this.#tried, lost);
    if (found.kind === "chosen") return { type: "chosen", way: wayOf(found.candidate) };
    const now = ports.clock.now();
    const at = found.canBecomeEligibleAt;
    const retryInMs = at === undefined ? undefined : Math.max(0, at - now);
    const { message: reason, hint, exitStatus } = proxyUnavailable(this.#facts.account, found.rejected, now);
    return { type: "none-eligible", reason, hint, exitStatus, retryInMs };
  }

  async prove(way: Way, signal: AbortSignal): Promise<BotEvent> {
    const { ports, settings, say } = this.#parts;
    const candidate = this.factsOf(way.proxyId);
    const upstream = candidate === undefined ? undefined : this.upstreamOf(candidate);
    if (candidate === undefined || upstream === undefined) return this.#setAsideUnopenable(way);
    this.#relay.setUpstream(upstream);
    const { clock } = ports;
    const startedAt = clock.monotonicMs();
    for (;;) {
      const verdict = await proveOnce(ports, settings, this.#relay, candidate);
      signal.throwIfAborted();
      const waitedMs = clock.monotonicMs() - startedAt;
      if (verdict.kind !== "incomplete" || waitedMs + retryWitnessesEveryMs >= retryWitnessesForMs) {
        return this.#settle(way, candidate, verdict, waitedMs);
      }
      say("info", `${way.label}: ${verdict.why}; asking again for up to ${retryWitnessesForMs / 1000} s`);
      await pause(clock, retryWitnessesEveryMs, signal);
    }
  }

  /** The way drifted since it was proven: set aside and to blame, as by a proof that shows the wrong exit. */
  leaveDrifted(way: ProvenWay, proof: Proof): BotEvent {
    const candidate = this.factsOf(way.proxyId);
    if (candidate === undefined) return this.#setAsideUnopenable(way);
    const { exitIp: expected } = way.proof;
    const { exitIp: seen } = proof;
    const why = `its exit changed from ${expected} to ${seen} before the bot started`;
    return this.#settle(way, candidate, { kind: "mismatch", why, expected, seen, proof }, 0);
  }

  /** Sets a way aside for the rest of this decision. */
  exclude(way: Way, exclusion: Exclusion): void {
    this.#tried.set(way.proxyId, exclusion);
  }

  /** What the operator changed about a way since it was chosen. */
  async withdrawalOf(way: Way): Promise<Withdrawal | undefined> {
    const { ports, settings } = this.#parts;
    const inUse = this.factsOf(way.proxyId);
    const facts = await ports.store.accounts.facts(settings.account.id);
    return inUse === undefined ? undefined : withdrawalOf(facts, { account: this.account, inUse });
  }

  /** The account as it was when the present way was chosen. */
  get account(): Account {
    return this.#facts?.account ?? this.#parts.settings.account;
  }

  /** A candidate as the newest facts show it. */
  factsOf(proxyId: ProxyId): CandidateFacts | undefined {
    return this.#facts?.candidates.find((candidate) => candidate.proxy.id === proxyId);
  }

  upstreamOf(candidate: CandidateFacts): Upstream | undefined {
    return upstreamOf(this.#parts.ports.vault, candidate.proxy);
  }

  /** Every other candidate that could be chosen now, best first. */
  async alternatives(to: Way): Promise<readonly CandidateFacts[]> {
    const { ports, settings } = this.#parts;
    const facts = (await ports.store.accounts.facts(settings.account.id)) ?? this.#facts;
    if (facts === undefined) return [];
    const found = this.#select(
      facts,
      new Map([[to.proxyId, { why: "is in use", outlook: "operator" }]]),
      undefined,
    );
    return found.kind === "chosen" ? found.ranked : [];
  }

  #select(facts: AccountFacts, excluded: ReadonlyMap<ProxyId, Exclusion>, lost: Way | undefined): Selection {
    const { ports, settings } = this.#parts;
    const openable = (proxyId: ProxyId): boolean => {
      const candidate = facts.candidates.find(({ proxy }) => proxy.id === proxyId);
      return candidate !== undefined && this.upstreamOf(candidate) !== undefined;
    };
    const around = lost === undefined ? undefined : surroundingsOf(facts, lost.proxyId);
    return select(facts, {
      nowMs: ports.clock.now(),
      excluded,
      openable,
      lost: around,
      order: settings.selectionOrder,
    });
  }

  #settle(way: Way, candidate: CandidateFacts, verdict: ProofVerdict, tookMs: number): BotEvent {
    const { ports, settings, book, say } = this.#parts;
    recordProof({ book, candidate, verdict, tookMs, runId: settings.runId, at: ports.clock.now() });
    if (verdict.kind === "proven") return { type: "proved", proof: verdict.proof };
    say("warning", `${way.label} is not used: ${verdict.why}`);
    this.exclude(way, exclusionOf(verdict));
    const cause = blameOf(verdict);
    if (cause !== undefined) {
      const { clock, random } = ports;
      const [nowMs, unit] = [clock.now(), random.unit()];
      leaveExit({ book, candidate, cause, reason: verdict.why, nowMs, unit, cleanMs: 0 });
    }
    return { type: "not-proved", reason: verdict.why };
  }

  #setAsideUnopenable(way: Way): BotEvent {
    const why = "has a credential that cannot be opened with the present keys";
    this.exclude(way, { why, outlook: "credential" });
    return { type: "not-proved", reason: `${way.label} ${why}` };
  }
}

function wayOf({ assignment, proxy }: CandidateFacts): Way {
  return { assignmentId: assignment.id, proxyId: proxy.id, label: proxy.label };
}

function accountRemoved(name: string): BotEvent {
  const reason = `The account "${name}" was removed.`;
  const hint = `Add it again with \`launch account add ${name} …\`.`;
  return { type: "task-failed", reason, exitStatus: 69, code: "LAUNCH_UNKNOWN_ACCOUNT", hint };
}

function exclusionOf(verdict: FailedProof): Exclusion {
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
function blameOf(verdict: FailedProof): "auth" | "transport" | "drift" | undefined {
  if (verdict.kind === "incomplete" || verdict.kind === "disagreeing") return undefined;
  if (verdict.kind !== "transport") return "drift";
  return verdict.failure.kind === "auth" ? "auth" : "transport";
}

function surroundingsOf(facts: AccountFacts, proxyId: ProxyId) {
  const candidate = facts.candidates.find(({ proxy }) => proxy.id === proxyId);
  const exitIp = candidate?.lastExitIp ?? candidate?.proxy.expectedIp;
  const neighbourhood = exitIp === undefined ? undefined : neighbourhoodOf(exitIp);
  return { provider: candidate?.proxy.provider, neighbourhood };
}
