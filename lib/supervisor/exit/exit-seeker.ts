import type { Account } from "../../domain/account.ts";
import type { Proof } from "../../domain/exit-reading.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import type { TransportFailure } from "../../domain/proxy/transport.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { AccountFacts, CandidateFacts } from "../../domain/selection-facts.ts";
import type { Instant } from "../../domain/time.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import type { EventOf } from "../../policy/machine/event.ts";
import type { Candidate, Decision, ProvenCandidate } from "../../policy/machine/state.ts";
import type { ProofVerdict } from "../../policy/proof.ts";
import { proxyUnavailable } from "../../policy/rejection.ts";
import { type Selection, type Surroundings, select } from "../../policy/select.ts";
import { hostOffline } from "../../policy/verdict/host-offline.ts";
import { needsControl } from "../../policy/verdict/needs-control.ts";
import type { Relay } from "../../ports/relay.ts";
import { pause } from "../lease/take-lease.ts";
import type { RunContext } from "../unit/context.ts";
import type { AnswerOf } from "../unit/effect-map.ts";
import { proveOnce } from "./ask-witnesses.ts";
import { leaveExit } from "./leave-exit.ts";
import { type FailedProof, recordProof } from "./record-proof.ts";
import { type Withdrawal, withdrawalOf } from "./withdrawal.ts";

/** How long too few witnesses are asked again before the start is given up for now (docs/architecture.md, Proof). */
const retryWitnessesForMs = 30_000;
const retryWitnessesEveryMs = 2_000;

/** How long the witnesses may take that are asked without any proxy. */
const controlTimeoutMs = 5_000;
/** How long a host that reaches nothing waits before it tries again; it doubles with each try. */
const incidentWait = { baseMs: 5_000, capMs: 60_000 };

/** Finds the account's next exit: choice and proof. */
export class ExitSeeker {
  readonly #parts: RunContext<BotRunnerSettings>;
  readonly #relay: Relay;
  /** Failures of this decision that count only once something else answers: it may be this host that reaches nothing. */
  #unjudged: { readonly failure: TransportFailure; readonly write: () => void }[] = [];
  #hasAnswered = false;
  #incidents = 0;

  constructor(parts: RunContext<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
  }

  async choose({ lost, tried }: Decision): Promise<AnswerOf<"choose">> {
    const { ports, settings, book } = this.#parts;
    if (tried.every(({ isRotated }) => isRotated)) {
      this.#unjudged = [];
      this.#hasAnswered = false;
    }
    // What was just written about the lost exit is part of the facts.
    await book.settled();
    const facts = await ports.store.accounts.facts(settings.accountId);
    if (facts === undefined) return accountRemoved(settings.unit.name);
    const excluded = new Map(tried.map(({ proxyId, ...exclusion }) => [proxyId, exclusion]));
    const found = this.#select(facts, excluded, lost);
    if (found.kind === "chosen")
      return { type: "chosen", candidate: candidateOf(facts.account, found.candidate) };
    const incident = await this.#localIncident();
    if (incident !== undefined) return incident;
    const now = ports.clock.now();
    const at = found.canBecomeEligibleAt;
    const retryInMs = at === undefined ? undefined : Math.max(0, at - now);
    const { message: reason, hint, exitStatus } = proxyUnavailable(facts.account, found.rejected, now);
    const code = "LAUNCH_PROXY_UNAVAILABLE";
    return { type: "none-eligible", reason, hint, exitStatus, retryInMs, code };
  }

  async prove(candidate: Candidate, signal: AbortSignal): Promise<AnswerOf<"prove">> {
    const { ports, settings, say } = this.#parts;
    const { facts } = candidate.chosen;
    const upstream = this.upstreamOf(facts);
    if (upstream === undefined)
      return {
        type: "not-proved",
        setAside: {
          why: "has a credential that cannot be opened with the present keys",
          outlook: "credential",
        },
      };
    this.#relay.setUpstream(upstream);
    const { clock } = ports;
    const startedAt = clock.monotonicMs();
    for (;;) {
      const verdict = await proveOnce(ports, settings, this.#relay, facts);
      signal.throwIfAborted();
      const waitedMs = clock.monotonicMs() - startedAt;
      if (verdict.kind !== "incomplete" || waitedMs + retryWitnessesEveryMs >= retryWitnessesForMs) {
        return this.#settle(candidate, verdict, waitedMs);
      }
      say(
        "info",
        `${candidate.label}: ${verdict.why}; asking again for up to ${retryWitnessesForMs / 1000} s`,
      );
      await pause(clock, retryWitnessesEveryMs, signal);
    }
  }

  /** The exit drifted since it was proven: set aside and to blame, as by a proof that shows the wrong exit. */
  leaveDrifted(candidate: ProvenCandidate, proof: Proof): EventOf<"not-proved"> {
    const { exitIp: expected } = candidate.proof;
    const { exitIp: seen } = proof;
    const why = `its exit changed from ${expected} to ${seen} before the bot started`;
    const mismatch = { kind: "mismatch", why, expected, seen, proof } as const;
    return this.#settle(candidate, mismatch, 0) as EventOf<"not-proved">;
  }

  /** What the operator changed about a candidate since it was chosen. */
  async withdrawalOf({ chosen }: Candidate): Promise<Withdrawal | undefined> {
    const { ports, settings } = this.#parts;
    return withdrawalOf(await ports.store.accounts.facts(settings.accountId), chosen);
  }

  /** Opens the proxy's credential for the relay; undefined when it cannot be opened with the present keys. */
  upstreamOf({ proxy: { id, label, endpoint, sealed, ca } }: CandidateFacts): Upstream | undefined {
    if (sealed === undefined) return { label, endpoint, ca, credential: undefined };
    const opened = this.#parts.ports.vault.open(sealed, { id, label, scheme: endpoint.scheme });
    return opened.kind === "opened" ? { label, endpoint, ca, credential: opened.credential } : undefined;
  }

  /** Every other candidate that could be chosen now, best first. */
  async alternatives({ proxyId }: Candidate): Promise<readonly CandidateFacts[]> {
    const { ports, settings } = this.#parts;
    const facts = await ports.store.accounts.facts(settings.accountId);
    if (facts === undefined) return [];
    const inUse: Exclusion = { why: "is in use", outlook: "operator" };
    const found = this.#select(facts, new Map([[proxyId, inUse]]), undefined);
    return found.kind === "chosen" ? found.ranked : [];
  }

  #select(
    facts: AccountFacts,
    excluded: ReadonlyMap<ProxyId, Exclusion>,
    lost: Surroundings | undefined,
  ): Selection {
    const { ports, settings } = this.#parts;
    const openable = (proxyId: ProxyId): boolean => {
      const candidate = facts.candidates.find(({ proxy }) => proxy.id === proxyId);
      return candidate !== undefined && this.upstreamOf(candidate) !== undefined;
    };
    return select(facts, {
      nowMs: ports.clock.now(),
      excluded,
      openable,
      lost,
      order: settings.selectionOrder,
    });
  }

  #settle(candidate: Candidate, verdict: ProofVerdict, tookMs: number): AnswerOf<"prove"> {
    const { ports, say } = this.#parts;
    const { clock, random } = ports;
    const [nowMs, unit] = [clock.now(), random.unit()];
    const write = () => this.#write(candidate.chosen.facts, verdict, { tookMs, nowMs, unit });
    if (verdict.kind === "transport" && needsControl(verdict.failure)) {
      this.#unjudged.push({ failure: verdict.failure, write });
    } else {
      this.#countUnjudged();
      write();
    }
    if (verdict.kind === "proven") return { type: "proved", proof: verdict.proof };
    say("warning", `${candidate.label} is not used: ${verdict.why}`);
    return { type: "not-proved", setAside: exclusionOf(verdict) };
  }

  #write(
    candidate: CandidateFacts,
    verdict: ProofVerdict,
    { tookMs, nowMs, unit }: { readonly tookMs: number; readonly nowMs: Instant; readonly unit: number },
  ): void {
    const { settings, book } = this.#parts;
    recordProof({ book, candidate, verdict, tookMs, runId: settings.runId, at: nowMs });
    if (verdict.kind === "proven") return;
    const cause = blameOf(verdict);
    if (cause !== undefined)
      leaveExit({ book, candidate, cause, reason: verdict.why, nowMs, unit, cleanMs: 0 });
  }

  // Something answered, so this host has a network: what failed before was the proxies' own.
  #countUnjudged(): void {
    this.#hasAnswered = true;
    this.#incidents = 0;
    for (const { failure, write } of this.#unjudged.splice(0)) if (failure.scope !== "host") write();
  }

  // Every candidate failed: unless a witness answers without any proxy, it is this host that reaches nothing.
  async #localIncident(): Promise<EventOf<"none-eligible"> | undefined> {
    const { ports, settings, book } = this.#parts;
    const failures = this.#unjudged.map(({ failure }) => failure);
    if (failures.length === 0 || this.#hasAnswered) return undefined;
    const direct = await ports.witness.directIp(settings.witnesses, controlTimeoutMs);
    if (direct !== undefined && failures.some(({ scope }) => scope !== "host")) {
      this.#countUnjudged();
      return undefined;
    }
    const retryInMs = Math.min(incidentWait.capMs, incidentWait.baseMs * 2 ** this.#incidents++);
    const { reason, hint } = hostOffline(failures, direct === undefined ? settings.witnesses : []);
    book.record({ kind: "host.offline", severity: "warning", message: reason });
    return {
      type: "none-eligible",
      reason,
      hint,
      exitStatus: 75,
      retryInMs,
      code: "LAUNCH_HOST_OFFLINE",
    };
  }
}

function candidateOf(account: Account, facts: CandidateFacts): Candidate {
  const { assignment, proxy } = facts;
  const chosen = { account, facts };
  return { assignmentId: assignment.id, proxyId: proxy.id, label: proxy.label, chosen };
}

function accountRemoved(name: string): EventOf<"task-failed"> {
  const reason = `The account "${name}" was removed.`;
  const hint = `Add it again with \`launch account add ${name} …\`.`;
  return { type: "task-failed", reason, exitStatus: 69, code: "LAUNCH_UNKNOWN_ACCOUNT", hint };
}

function exclusionOf(verdict: FailedProof): Exclusion {
  switch (verdict.kind) {
    case "transport":
      return { why: verdict.why, outlook: outlookOf(verdict.failure) };
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

function outlookOf({ kind, remedy }: TransportFailure): Exclusion["outlook"] {
  if (remedy !== undefined) return "operator";
  return kind === "auth" ? "credential" : "returns";
}

// Witnesses that are down or disagree are not the proxy's fault: no strike, no cooldown. Nor is a setting that only an operator
// mends: it must not cool for an hour after it was mended.
function blameOf(verdict: FailedProof): "auth" | "transport" | "drift" | undefined {
  if (verdict.kind === "incomplete" || verdict.kind === "disagreeing") return undefined;
  if (verdict.kind !== "transport") return "drift";
  if (verdict.failure.remedy !== undefined) return undefined;
  return verdict.failure.kind === "auth" ? "auth" : "transport";
}
