import type { Account } from "../../domain/account.ts";
import type { IdleUnit } from "../../domain/desk/idle-units.ts";
import type { HistoryEvent } from "../../domain/event.ts";
import type { Incident } from "../../domain/reputation/incident.ts";
import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";
import type { Run } from "../../domain/run/run.ts";
import { botKey } from "../../domain/run/unit-key.ts";
import type { Instant } from "../../domain/time.ts";
import type { EvidenceRow } from "../../domain/verdict/evidence-row.ts";
import { type AccountState, accountStateOf } from "../../policy/reputation/account-state.ts";
import { decideSwitch } from "../../policy/reputation/budget.ts";
import { incidentsIn } from "../../policy/reputation/guard.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { accountHistory, type ExplainedUse } from "../exits/exit-history.ts";
import { switchSubject } from "../exits/switch-subject.ts";
import { requireFacts } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { idleIn } from "../runs/idle-in.ts";
import { judgeRun } from "../runs/judge-run.ts";
import { type ExplainedCandidate, explainCandidates } from "./explain-candidates.ts";

/** What the planned switches of an account have used up, and whether another one would be granted now. */
export interface SwitchBudget {
  readonly usedShort: number;
  readonly usedLong: number;
  readonly rules: Pick<SwitchRules, "perTenMinutes" | "tenMinutesMs" | "perDay" | "dayMs">;
  /** Undefined when it would be granted now. */
  readonly refusal: { readonly untilAt: Instant; readonly why: string } | undefined;
}

/** Where an account stands, and why. */
export interface Explanation {
  readonly account: Account;
  readonly at: Instant;
  readonly state: AccountState;
  /** Until when it waits, where a time is known. */
  readonly waitsUntil: Instant | undefined;
  /** The run that lives, else the last one. */
  readonly run: Run | undefined;
  readonly isLive: boolean;
  /** What a launcher says that is to run its bot, and does not. */
  readonly idle: IdleUnit | undefined;
  /** The newest exit, with what brought the account there. */
  readonly exit: ExplainedUse | undefined;
  /** The newest things that went wrong or were asked for, newest first. */
  readonly events: readonly HistoryEvent[];
  readonly candidates: readonly ExplainedCandidate[];
  readonly incidents: readonly Incident[];
  readonly budget: SwitchBudget;
  /** Of the last day, newest first. */
  readonly evidence: readonly EvidenceRow[];
}

/** How a launcher would decide. */
export interface ExplainBy {
  readonly rules: SwitchRules;
  readonly order: "continuity" | "round_robin";
}

const mostEvents = 5;
const mostEvidence = 10;

/** Reads all that decides about an account, and changes nothing. Rejects with UsageError LAUNCH_UNKNOWN_ACCOUNT. */
export async function explainAccount(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  name: string,
  { rules, order }: ExplainBy,
): Promise<Explanation> {
  const { store, clock } = operator;
  const facts = await requireFacts(store, name);
  const { id } = facts.account;
  const { run, isLive } = await runOf(operator, processes, facts.account);
  const [[exit], present, events, evidence, seen, candidates, standings] = await Promise.all([
    accountHistory(store, name, { limit: 1 }),
    isLive ? [] : store.launchers.present(),
    store.history.list({ unitName: name, unitKind: "bot", limit: 50 }),
    store.evidence.list({ accountId: id, withinMs: rules.dayMs, limit: mostEvidence }),
    store.switches.read({ request: switchSubject(operator, facts, run), windows: rules }),
    explainCandidates(operator, facts, { run: isLive ? run : undefined, order }),
    store.accounts.standings(),
  ]);
  const now = clock.now();
  const request = { ...switchSubject(operator, facts, run), kind: "planned", cause: "slow_burn" } as const;
  const decision = decideSwitch(request, seen, rules);
  const waitsUntil = standings.get(id)?.waitsUntil ?? (isLive ? run?.waitsUntil : undefined);
  const planned = seen.ofAccount.filter(({ kind, cause }) => kind === "planned" && cause !== "operator");
  const within = (ms: number) => planned.filter(({ at }) => at > seen.now - ms).length;
  return {
    account: facts.account,
    at: now,
    state: accountStateOf(
      { isHeld: facts.account.hold !== undefined, phase: isLive ? run?.phase : undefined, waitsUntil },
      now,
    ),
    waitsUntil,
    run,
    isLive,
    idle: idleIn(present, botKey(id)),
    exit,
    events: events.filter(isTelling).slice(0, mostEvents),
    candidates,
    incidents: incidentsIn(seen.guard, rules, seen.now),
    budget: {
      usedShort: within(rules.tenMinutesMs),
      usedLong: within(rules.dayMs),
      rules,
      refusal: decision.kind === "granted" ? undefined : decision,
    },
    evidence: evidence.toSorted((a, b) => b.at - a.at),
  };
}

async function runOf(
  { store }: Operator,
  processes: Pick<ProcessTable, "judge">,
  { id }: Account,
): Promise<{ readonly run: Run | undefined; readonly isLive: boolean }> {
  const isOwn = ({ unit }: Run) => unit.kind === "bot" && unit.accountId === id;
  const own = (await store.runs.live()).filter(({ run }) => isOwn(run));
  const live = own.find((each) => ["live", "silent"].includes(judgeRun(each, processes)));
  if (live !== undefined) return { run: live.run, isLive: true };
  const run = own[0]?.run ?? (await store.runs.lastEnded()).find(isOwn);
  return { run, isLive: false };
}

function isTelling({ severity, kind }: HistoryEvent): boolean {
  return severity !== "info" || /^(switch|unit|hold|reputation|incident|exit|account\.limited)\b/.test(kind);
}
