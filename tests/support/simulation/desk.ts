import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { Incident } from "../../../lib/domain/reputation/incident.ts";
import type { Permit, SwitchDecision, SwitchRequest } from "../../../lib/domain/reputation/switch.ts";
import { switchDefaults as rules } from "../../../lib/domain/reputation/switch-rules.ts";
import type { AccountFacts, CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import type { AnswerClass, EvidenceChannel } from "../../../lib/domain/verdict/answer-class.ts";
import type { Evidence, Observer } from "../../../lib/domain/verdict/evidence.ts";
import type { Exclusion } from "../../../lib/policy/eligibility.ts";
import type { AnswerFacts } from "../../../lib/policy/reputation/answer/answer-facts.ts";
import { decideSwitch } from "../../../lib/policy/reputation/budget.ts";
import { incidentOfHost, incidentOfVendor, incidentsIn } from "../../../lib/policy/reputation/guard.ts";
import { controlsAmong, type Selection, type Surroundings, select } from "../../../lib/policy/select.ts";
import { judge } from "../../../lib/policy/verdict/judge.ts";
import { SimDatabase, type SimEvidence } from "./database.ts";
import { at, exitOf, keyOf, type Layout, type SimAccount } from "./layout.ts";

/** What launchers read, decide by the real policy and write, each time anew. */
export class Desk {
  readonly database: SimDatabase;
  readonly #layout: Layout;
  readonly #random: () => number;

  constructor(layout: Layout, random: () => number) {
    this.#layout = layout;
    this.#random = random;
    this.database = new SimDatabase(layout);
  }

  moment(nowS: number) {
    return { now: at(nowS), random01: this.#random(), rules };
  }

  select(
    account: SimAccount,
    excluded: ReadonlyMap<Proxy["id"], Exclusion>,
    lost: Surroundings | undefined,
    nowS: number,
  ): Selection {
    const context = { nowMs: at(nowS), excluded, openable: () => true, lost, hostKey: account.host };
    return select(this.#facts(account, nowS), { ...context, order: "continuity" });
  }

  /** Other candidates by which a launcher finds out whether its host reaches anything. */
  controls(account: SimAccount, proxy: Proxy, nowS: number): readonly CandidateFacts[] {
    const context = { hostKey: account.host, nowMs: at(nowS) };
    return controlsAmong(this.others(account, proxy, nowS), account.account, context);
  }

  /** Every other candidate that could be chosen now, best first. */
  others(account: SimAccount, proxy: Proxy, nowS: number): readonly CandidateFacts[] {
    const inUse: Exclusion = { why: "is in use", retryClass: "operator" };
    const found = this.select(account, new Map([[proxy.id, inUse]]), undefined, nowS);
    return found.kind === "chosen" ? found.ranked : [];
  }

  /** Vendors that have an incident. */
  vendorsInTrouble(account: SimAccount, nowS: number): readonly string[] {
    return this.#incidents(account, nowS)
      .filter(({ kind }) => kind === "vendor")
      .map(({ name }) => name);
  }

  answerFacts(
    account: SimAccount,
    proxy: Proxy,
    history: { readonly earlier: readonly SimEvidence[]; readonly burnsOfDay: number },
    nowS: number,
  ): AnswerFacts {
    const exitIp = exitOf(proxy);
    const exitKey = keyOf(exitIp);
    return {
      ...history,
      account: account.account,
      exit: { exitKey, exitIp, proxy, isShared: false },
      reputation: this.database.reputations.get(`${exitKey} ${account.venue}`),
      acceptance: undefined,
      registrations: [],
      probes: { exit: "unasked", candidate: "unasked" },
      exitSeen: "unasked",
      told: [],
      guard: this.#guard(account, nowS),
    };
  }

  claim(
    account: SimAccount,
    proxy: Proxy,
    asked: Pick<SwitchRequest, "kind" | "cause">,
    nowS: number,
  ): SwitchDecision {
    const { permits } = this.database;
    const accountId = account.account.id;
    const request = {
      ...asked,
      accountId,
      runId: accountId as unknown as SwitchRequest["runId"],
      venues: account.account.venues,
      provider: proxy.provider,
      exitKey: keyOf(exitOf(proxy)),
      hostKey: account.host,
    } as SwitchRequest;
    const since = (ms: number) => permits.filter((permit) => permit.at > at(nowS) - ms);
    const facts = {
      now: at(nowS),
      ofAccount: since(rules.dayMs).filter((permit) => permit.accountId === accountId),
      ofFleet: since(rules.fleetWindowMs),
      runningAccounts: this.#layout.accounts.length,
      guard: this.#guard(account, nowS),
    };
    const decision = decideSwitch(request, facts, rules);
    this.database.keepIncidents(decision.incidents, nowS);
    if (decision.kind === "granted") {
      const { kind, cause } = request;
      permits.push({ accountId, kind, cause, at: at(nowS + decision.delayMs / 1_000) } as Permit);
    }
    return decision;
  }

  /** What was seen of a proxy, judged and written. */
  report(
    account: SimAccount,
    proxy: Proxy,
    evidence: Evidence,
    { nowS, control = "answers" }: { readonly nowS: number; readonly control?: "answers" | "silent" },
  ): void {
    const facts = this.database.candidates(account).find((each) => each.proxy.id === proxy.id);
    if (facts === undefined) return;
    const incidents = this.#incidents(account, nowS);
    const incident = incidentOfVendor(incidents, proxy.provider) ?? incidentOfHost(incidents, account.host);
    const known = { ...facts, health: facts.health[0], sharing: [], incident };
    const sighting = { by: observerOf(account), proxy, evidence };
    this.database.apply(judge(sighting, known, { control, random01: this.#random() }, at(nowS)).changes);
  }

  seeWay(account: SimAccount, proxy: Proxy, nowS: number): void {
    const row = evidenceOf(account, proxy, nowS);
    this.database.see({ ...row, venue: undefined, channel: "relay", kind: "connect_failed" });
  }

  seeAnswer(
    account: SimAccount,
    proxy: Proxy,
    { kind, channel }: { readonly kind: AnswerClass; readonly channel: EvidenceChannel },
    nowS: number,
  ): void {
    this.database.see({ ...evidenceOf(account, proxy, nowS), venue: account.venue, channel, kind });
  }

  #facts(account: SimAccount, nowS: number): AccountFacts {
    const incidents = this.#incidents(account, nowS);
    const candidates = this.database.candidates(account);
    return { account: account.account, candidates, registrations: [], incidents };
  }

  #incidents(account: SimAccount, nowS: number): readonly Incident[] {
    return incidentsIn(this.#guard(account, nowS), rules, at(nowS));
  }

  #guard(account: SimAccount, nowS: number) {
    return this.database.guard(account.host, nowS, rules.guardWindowMs / 1_000);
  }
}

/** Who a bot's launcher is as a witness. */
export function observerOf({ account, host }: SimAccount): Observer {
  return { actor: "system", host, hostKey: host, runId: undefined, accountId: account.id };
}

function evidenceOf({ account, host }: SimAccount, proxy: Proxy, atS: number) {
  const { provider } = proxy;
  const exitKey = keyOf(exitOf(proxy));
  return { atS, at: at(atS), times: 1, accountId: account.id, exitKey, host, provider, isFailure: true };
}
