import type { Hold } from "../../domain/account.ts";
import type { IdleUnit } from "../../domain/desk/idle-units.ts";
import type { HistoryEvent } from "../../domain/event.ts";
import type { Run } from "../../domain/run/run.ts";
import type { MonthTraffic } from "../../domain/run/traffic.ts";
import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { UnitWish } from "../../domain/run/unit-wish.ts";
import type { Instant } from "../../domain/time.ts";
import type { Heard } from "../../ports/operator-channel.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import type { KnownUnit } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { idleIn } from "../runs/idle-in.ts";
import { judgeRun, type RunVerdict } from "../runs/judge-run.ts";
import { type ExplainedCandidate, explainCandidates } from "../why/explain-candidates.ts";
import type { Reach } from "./ask-launcher.ts";

/** All that is known of one bot or collector now. */
export interface UnitStatus {
  readonly unit: KnownUnit;
  readonly at: Instant;
  /** The run that has not ended, with what became of it; else the last one. */
  readonly run: Run | undefined;
  readonly verdict: RunVerdict | "ended" | undefined;
  /** Since its launcher renewed its lease, by the database's clock, and how long a renewal is good. */
  readonly sinceRenewedMs: number | undefined;
  readonly ttlMs: number | undefined;
  /** What its launcher says by itself; undefined where it was not asked or does not answer. */
  readonly snapshot: UnitSnapshot | undefined;
  /** Whether its launcher answered over its socket. */
  readonly launcher: "answers" | "silent" | "not_asked";
  /** Why a launcher of this host was not asked. */
  readonly whyNotAsked: string | undefined;
  /** What a launcher says that has the unit and does not run it. */
  readonly idle: IdleUnit | undefined;
  readonly wish: UnitWish | undefined;
  readonly hold: Hold | undefined;
  /** The exits of a bot, in the order in which they would be taken. */
  readonly candidates: readonly ExplainedCandidate[];
  /** What went to each venue in each month, the newest first. */
  readonly traffic: readonly MonthTraffic[];
  /** The newest restarts and switches, newest first. */
  readonly restarts: readonly HistoryEvent[];
}

const mostRestarts = 5;
/** So many events are looked through for them. */
const eventsRead = 200;

/** Asks the database, and the launcher where it is on this host; changes nothing. */
export async function unitStatus(
  operator: Operator,
  reach: Reach,
  unit: KnownUnit,
  order: "continuity" | "round_robin",
): Promise<UnitStatus> {
  const { store, clock } = operator;
  const { live, last, verdict } = await runOf(operator, reach, unit);
  const run = live?.run ?? last;
  const [heard, present, wish, facts, traffic, events] = await Promise.all([
    live === undefined ? undefined : askFor(live, reach),
    verdict === "live" ? [] : store.launchers.present(),
    store.units.wish(unit.unitKey),
    unit.accountId === undefined ? undefined : store.accounts.facts(unit.accountId),
    unit.accountId === undefined ? [] : store.traffic.read(unit.accountId),
    store.history.list({ unitName: unit.name, unitKind: unit.kind, limit: eventsRead }),
  ]);
  const known = { run: verdict === "live" ? run : undefined, order };
  return {
    unit,
    at: clock.now(),
    run,
    verdict,
    sinceRenewedMs: live?.sinceRenewedMs,
    ttlMs: live?.ttlMs,
    snapshot:
      heard?.kind === "answered" ? heard.value.find(({ unitKey }) => unitKey === unit.unitKey) : undefined,
    launcher: howHeard(heard),
    whyNotAsked: heard?.kind === "refused" ? heard.why : undefined,
    idle: idleIn(present, unit.unitKey),
    wish,
    hold: facts?.account.hold,
    candidates: facts === undefined ? [] : await explainCandidates(operator, facts, known),
    traffic,
    restarts: events.filter(({ kind }) => /^(?:unit\.restarting|switch\.)/.test(kind)).slice(0, mostRestarts),
  };
}

function howHeard(heard: Heard<unknown> | undefined): UnitStatus["launcher"] {
  if (heard === undefined || heard.kind === "refused") return "not_asked";
  return heard.kind === "answered" ? "answers" : "silent";
}

async function runOf(
  { store }: Operator,
  { processes }: Reach,
  { kind, name }: KnownUnit,
): Promise<{
  readonly live: LiveRun | undefined;
  readonly last: Run | undefined;
  readonly verdict: UnitStatus["verdict"];
}> {
  const isOwn = ({ unit }: Run) => unit.kind === kind && unit.name === name;
  const own = (await store.runs.live()).filter(({ run }) => isOwn(run));
  const judged = own.map((each) => ({ live: each, verdict: judgeRun(each, processes) }));
  const best = judged.find(({ verdict }) => verdict === "live") ?? judged[0];
  if (best !== undefined) return { ...best, last: undefined };
  const last = (await store.runs.lastEnded()).find(isOwn);
  return { live: undefined, last, verdict: last === undefined ? undefined : "ended" };
}

async function askFor({ launcher, operatorSocket: path }: LiveRun, { dialer, processes }: Reach) {
  const isHere = launcher !== undefined && processes.judge(launcher) === "alive";
  return isHere && path !== undefined ? dialer.snapshot(path) : undefined;
}
