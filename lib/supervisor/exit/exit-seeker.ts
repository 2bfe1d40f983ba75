import type { Account } from "../../domain/account.ts";
import type { Proof } from "../../domain/exit-check.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import type { AccountFacts, CandidateFacts, HeldFacts } from "../../domain/selection/selection-facts.ts";
import type { Evidence } from "../../domain/verdict/evidence.ts";
import type { Exclusion } from "../../policy/eligibility.ts";
import type { EventOf } from "../../policy/machine/event.ts";
import type { Candidate, ChosenFacts, Decision, Left, ProvenCandidate } from "../../policy/machine/state.ts";
import { howToList, proxyUnavailable } from "../../policy/rejection.ts";
import { isRegistered } from "../../policy/reputation/registration.ts";
import { unregisteredWords } from "../../policy/reputation/venue-findings.ts";
import { controlsAmong, type Selection, type SelectionContext, select } from "../../policy/select.ts";
import { evidenceOfProof, isRefusal } from "../../policy/verdict/evidence-of-proof.ts";
import { hostOffline } from "../../policy/verdict/host-offline.ts";
import { countsAsRefused } from "../../policy/who-failed.ts";
import type { Relay } from "../../ports/relay.ts";
import { pause } from "../lease/take-lease.ts";
import type { RunContext } from "../unit/context.ts";
import type { AnswerOf } from "../unit/effect-map.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";
import { proveOnce } from "./ask-witnesses.ts";
import { type OperatorChange, operatorBurnOf, operatorChangeOf } from "./operator-change.ts";
import { upstreamOf } from "./probe-relay.ts";
import { report } from "./report-evidence.ts";

/** How long too few witnesses are asked again before the start is given up for now (docs/architecture.md, Proof). */
const retryWitnessesForMs = 30_000;
const retryWitnessesEveryMs = 2_000;

/** A refused credential is asked about once more after this. */
const askAgainAfterMs = 500;
/** How long a host that reaches nothing waits before it tries again; it doubles with each try. */
const incidentWait = { baseMs: 5_000, capMs: 60_000 };

type ProxyFailed = Extract<Evidence, { readonly kind: "proxy-failed" }>;

/** Finds the account's next exit: choice and proof. */
export class ExitSeeker {
  readonly #parts: RunContext<BotRunnerSettings>;
  readonly #relay: Relay;
  /** Failures of this decision that count only once something else answers: it may be this host that reaches nothing. */
  #open: { readonly facts: CandidateFacts; readonly evidence: ProxyFailed }[] = [];
  #hasAnswered = false;
  /** The account's list when a candidate was chosen last. */
  #registrations: AccountFacts["registrations"] = [];
  #incidents = 0;
  #hasChosen = false;

  constructor(parts: RunContext<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
  }

  async choose({ lost, tried, back }: Decision, signal: AbortSignal): Promise<AnswerOf<"choose">> {
    const { ports, settings, recorder, hooks } = this.#parts;
    if (tried.every(({ isLeft }) => isLeft)) {
      this.#open = [];
      this.#hasAnswered = false;
    }
    // What was just written about a lost exit, or of what was tried, is part of the facts.
    if (this.#hasChosen) await recorder.settled();
    // Whoever had the bot until now may have moved it: a hand-over moves it nowhere. Once it has left, it does not go back by itself.
    const sticky = this.#hasChosen ? back : hooks.cameFrom;
    this.#hasChosen = true;
    const facts = await ports.store.accounts.facts(settings.accountId);
    if (facts === undefined) return accountRemoved(settings.unit.name);
    const excluded = new Map(tried.map(({ proxyId, ...exclusion }) => [proxyId, exclusion]));
    this.#registrations = facts.registrations;
    const found = this.#select(facts, excluded, { lost, sticky });
    if (found.kind === "chosen")
      return { type: "chosen", candidate: candidateOf(facts.account, found.candidate) };
    const incident = await this.#localIncident(facts, signal);
    if (incident !== undefined) return incident;
    const now = ports.clock.now();
    const at = found.canBecomeEligibleAt;
    const retryInMs = at === undefined ? undefined : Math.max(0, at - now);
    const { message: reason, hint, exitStatus } = proxyUnavailable(facts.account, found.rejected, now);
    const code = "LAUNCH_PROXY_UNAVAILABLE";
    return { type: "no-exit", reason, hint, exitStatus, retryInMs, code };
  }

  /** Through the bot's own relay, until too few witnesses have been asked for long enough, unless another way is given. */
  async prove(
    candidate: Candidate,
    signal: AbortSignal,
    { relay, isPatient }: { readonly relay: Relay; readonly isPatient: boolean } = {
      relay: this.#relay,
      isPatient: true,
    },
  ): Promise<AnswerOf<"prove">> {
    const { ports, settings, say } = this.#parts;
    const { facts } = candidate.chosen;
    const upstream = this.upstreamOf(facts);
    if (upstream === undefined)
      return {
        type: "not-proved",
        setAside: {
          why: "has a credential that cannot be opened with the present keys",
          retryClass: "credential",
        },
      };
    relay.setUpstream(upstream);
    const { clock } = ports;
    const startedAt = clock.monotonicMs();
    for (let refusals = 0; ; ) {
      const verdict = await unlessGivenUp(signal, proveOnce(ports, settings, relay, facts));
      refusals = isRefusal(verdict) ? refusals + 1 : 0;
      const tookMs = clock.monotonicMs() - startedAt;
      const isWorthAsking = isPatient && tookMs + retryWitnessesEveryMs < retryWitnessesForMs;
      if (verdict.kind === "incomplete" && isWorthAsking) {
        const forMs = `asking again for up to ${retryWitnessesForMs / 1000} s`;
        say("info", `${candidate.label}: ${verdict.why}; ${forMs}`);
        await pause(clock, retryWitnessesEveryMs, signal);
        continue;
      }
      if (isRefusal(verdict) && !countsAsRefused(refusals)) {
        await pause(clock, askAgainAfterMs, signal);
        continue;
      }
      const setAside = this.#conclude(candidate, evidenceOfProof(verdict, { tookMs, refusals }));
      if (verdict.kind === "proven") {
        if (verdict.besides !== undefined) say("warning", `${candidate.label}: ${verdict.besides}`);
        const unregistered = this.#unregistered(candidate, verdict.proof);
        if (unregistered !== undefined) return unregistered;
        return { type: "proved", proof: verdict.proof };
      }
      return { type: "not-proved", setAside: setAside ?? { why: verdict.why, retryClass: "returns" } };
    }
  }

  // Before the first request: what selection knew of the exit may be older than what the vendor did to it.
  #unregistered({ label, chosen }: Candidate, { exitIps }: Proof): EventOf<"not-proved"> | undefined {
    if (isRegistered(exitIps, this.#registrations)) return undefined;
    const why = unregisteredWords(exitIps, chosen.account);
    this.#parts.recorder.record({
      kind: "exit.unregistered",
      severity: "error",
      message: `${label} ${why}.`,
    });
    const repair = howToList(chosen.account.name, exitIps.join(" and "));
    this.#parts.say("warning", `${label} is not used: it ${why}. ${repair}.`);
    return { type: "not-proved", setAside: { why, retryClass: "operator", repair } };
  }

  /** The exit drifted since it was proven: set aside and to blame, as by a proof that shows the wrong exit. */
  leaveDrifted(candidate: ProvenCandidate, { exitIps, country }: Proof): EventOf<"not-proved"> {
    const seen = exitIps[0];
    const why = `its exit changed from ${candidate.proof.exitIps.join(" and ")} to ${exitIps.join(" and ")} before the bot started`;
    return this.#setAside(candidate, { kind: "exit-wrong", why, seen, country, tookMs: 0 });
  }

  /** The exit is proven through the relay, and not seen from inside. */
  leaveUnseen(candidate: ProvenCandidate, why: string): EventOf<"not-proved"> {
    return this.#setAside(candidate, { kind: "unseen-inside", why });
  }

  /** What the operator changed about a candidate since it was chosen. */
  async operatorChangeOf({ chosen }: Candidate): Promise<OperatorChange | undefined> {
    return operatorChangeOf(await this.#heldFacts(chosen), chosen);
  }

  /** What an operator changed about an exit that is held, or says of it at a venue. */
  async operatorWordOn(
    held: ProvenCandidate,
  ): Promise<EventOf<"operator-changed" | "switch-wanted"> | undefined> {
    const facts = await this.#heldFacts(held.chosen);
    const changed = operatorChangeOf(facts, held.chosen);
    if (changed !== undefined) return { type: "operator-changed", ...changed };
    const reason = facts && operatorBurnOf(facts, held, this.#parts.ports.clock.now());
    if (reason === undefined) return undefined;
    return { type: "switch-wanted", cause: "burned", reason, mustLeave: true, backOffMs: 0 };
  }

  /** That an exit which the account left may be used again, as if it were still on it. */
  async returnOf({ proxyId }: Left): Promise<EventOf<"exit-returned"> | undefined> {
    const { ports, settings } = this.#parts;
    const facts = await ports.store.accounts.facts(settings.accountId);
    const found = facts && this.#select(facts, new Map(), { sticky: proxyId });
    if (found?.kind !== "chosen" || found.candidate.proxy.id !== proxyId) return undefined;
    const reason = `nothing is held against ${found.candidate.proxy.label} any more`;
    return { type: "exit-returned", proxyId, reason };
  }

  /** Opens the proxy's credential for the relay; undefined when it cannot be opened with the present keys. */
  upstreamOf({ proxy }: CandidateFacts): Upstream | undefined {
    return upstreamOf(this.#parts.ports.vault, proxy);
  }

  /** Other candidates by which it is found out whether this host reaches anything. */
  async controls({ proxyId }: Candidate): Promise<readonly CandidateFacts[]> {
    const { ports, settings } = this.#parts;
    const facts = await ports.store.accounts.facts(settings.accountId);
    if (facts === undefined) return [];
    const inUse: Exclusion = { why: "is in use", retryClass: "operator" };
    const found = this.#select(facts, new Map([[proxyId, inUse]]), {});
    const context = { hostKey: ports.hostKey, nowMs: ports.clock.now() };
    return found.kind === "chosen" ? controlsAmong(found.ranked, facts.account, context) : [];
  }

  #heldFacts({ facts }: ChosenFacts): Promise<HeldFacts | undefined> {
    const { ports, settings } = this.#parts;
    return ports.store.accounts.heldFacts(settings.accountId, facts.assignment.id);
  }

  #select(
    facts: AccountFacts,
    excluded: ReadonlyMap<ProxyId, Exclusion>,
    { lost, sticky }: Pick<SelectionContext, "lost" | "sticky">,
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
      sticky,
      hostKey: ports.hostKey,
      order: settings.selectionOrder,
    });
  }

  #setAside(
    candidate: Candidate,
    evidence: Extract<Evidence, { readonly kind: "exit-wrong" | "unseen-inside" }>,
  ): EventOf<"not-proved"> {
    const setAside = this.#conclude(candidate, evidence) ?? { why: evidence.why, retryClass: "returns" };
    return { type: "not-proved", setAside };
  }

  // What the candidate is set aside for; undefined when it was proven.
  #conclude(candidate: Candidate, evidence: Evidence): Exclusion | undefined {
    const { facts } = candidate.chosen;
    const decision = report(this.#parts, facts, evidence);
    const isOpen = decision.kind === "set-aside" && decision.awaitsControl;
    if (isOpen && evidence.kind === "proxy-failed") this.#open.push({ facts, evidence });
    else this.#closeAnswered();
    if (decision.kind !== "set-aside") return undefined;
    const { why } = decision.exclusion;
    const words = why.startsWith(candidate.label) ? why : `it ${why}`;
    this.#parts.say("warning", `${candidate.label} is not used: ${words}`);
    return decision.exclusion;
  }

  // Something answered, so this host has a network: what failed before was the proxies' own.
  #closeAnswered(): void {
    this.#hasAnswered = true;
    this.#incidents = 0;
    for (const { facts, evidence } of this.#open.splice(0)) report(this.#parts, facts, evidence, "answers");
  }

  // Every candidate failed: unless a control answers, it is this host that reaches nothing.
  async #localIncident(facts: AccountFacts, signal: AbortSignal): Promise<EventOf<"no-exit"> | undefined> {
    const { ports, recorder } = this.#parts;
    const failures = this.#open.map(({ evidence }) => evidence.failure);
    if (failures.length === 0 || this.#hasAnswered) return undefined;
    const tried = facts.candidates.map(({ proxy }) => proxy);
    const control = await unlessGivenUp(signal, ports.control.ask(tried));
    if (control.isAnswered && failures.some(({ scope }) => scope !== "host")) {
      this.#closeAnswered();
      return undefined;
    }
    ports.directIp.askAgain();
    const retryInMs = Math.min(incidentWait.capMs, incidentWait.baseMs * 2 ** this.#incidents++);
    const { reason, hint } = hostOffline(failures, control);
    recorder.record({ kind: "host.offline", severity: "warning", message: reason });
    const code = "LAUNCH_HOST_OFFLINE";
    return { type: "no-exit", reason, hint, exitStatus: 75, retryInMs, code };
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
