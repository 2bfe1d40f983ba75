import type { IdleUnit } from "../../domain/desk/idle-units.ts";
import type { Run, RunPhase } from "../../domain/run/run.ts";
import { botKey, collectorKey, type UnitKey, unitKeyOf } from "../../domain/run/unit-key.ts";
import { compareNames } from "../../domain/text/compare-names.ts";
import type { Instant } from "../../domain/time.ts";
import { type AccountState, accountStateOf } from "../../policy/reputation/account-state.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { AccountStanding, UnusedAccount } from "../../ports/store/account-store.ts";
import type { PresentLauncher } from "../../ports/store/launcher-store.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { judgeRun, judgingOnce, type RunVerdict } from "./judge-run.ts";

/** One line of `launch ps`; lengths in ms. */
export interface RunRow {
  readonly unit: string;
  readonly kind: "bot" | "collector";
  /** The phase of a live run; what became of the others, or why a launcher that has the unit does not run it. */
  readonly state: RunPhase | "silent" | "launcher dead" | "replaced" | "never ran" | IdleUnit["state"];
  readonly isLive: boolean;
  /** How the bot's account stands, as `launch why` says it; undefined for a collector. */
  readonly accountState: AccountState | undefined;
  /** Why it is in this state, in a few words. */
  readonly reason: string | undefined;
  readonly proxyLabel: string | undefined;
  /** The main one; `exitIps` has that of the other address family as well. */
  readonly exitIp: string | undefined;
  readonly exitIps: readonly string[];
  readonly exitReach: "public" | "lab" | undefined;
  /** How long ago the exit IP was proven. */
  readonly exitAgeMs: number | undefined;
  readonly country: string | undefined;
  readonly tier: Run["tier"];
  readonly pid: number | undefined;
  readonly launcherPid: number | undefined;
  readonly host: string | undefined;
  /** The hosts that would take it over if this one were gone. */
  readonly standby: readonly string[];
  /** Since the present process started. */
  readonly uptimeMs: number | undefined;
  readonly restarts: number;
  readonly lastRestartReason: string | undefined;
  readonly lastRestartCause: string | undefined;
  readonly bypass: readonly string[];
  readonly runId: string | undefined;
  readonly startedAt: Instant | undefined;
  readonly heartbeatAt: Instant | undefined;
  readonly endedAt: Instant | undefined;
  readonly endedBy: "bot" | "launcher" | undefined;
  readonly exitCode: number | undefined;
}

/** A run that may live is listed however long it is silent; one whose launcher is proven dead here, for this long. */
const deadShownForMs = 86_400_000;

export interface ListOptions {
  readonly now: Instant;
  /** `units`: those that do not run as well, by their last run or by what they would run with; `all`: the runs of long dead launchers too. */
  readonly scope: "running" | "units" | "all";
  /** Collectors of launch.yaml, which the database may not know yet. */
  readonly collectors?: readonly string[];
}

/** Every run that has not ended, but for those of launchers that died here more than a day ago, and what else the scope names; by unit. */
export async function listRuns(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
  options: ListOptions,
): Promise<readonly RunRow[]> {
  const [live, present] = await Promise.all([store.runs.live(), store.launchers.present()]);
  const isOfAll = options.scope !== "running";
  const ended = isOfAll ? await store.runs.lastEnded() : [];
  const unused = isOfAll ? await store.accounts.neverRun() : [];
  const isAny = live.length + ended.length + unused.length > 0;
  const standings = isAny ? await store.accounts.standings() : undefined;
  const standingOf = ({ unit }: Run) => (unit.kind === "bot" ? standings?.get(unit.accountId) : undefined);
  const once = judgingOnce(processes);
  const judged = live.map((each) => ({ each, verdict: judgeRun(each, once) }));
  const isShown = ({ each, verdict }: (typeof judged)[number]) =>
    options.scope === "all" || verdict !== "dead" || (each.sinceRenewedMs ?? 0) <= deadShownForMs;
  const standby = standbyHosts(present);
  const idle = idleUnits(present);
  const rows: RunRow[] = [
    ...judged.filter(isShown).map(({ each, verdict }) => ({
      ...describeRun(each, verdict, options.now, standingOf(each.run)),
      standby: standby.get(unitKeyOf(each.run.unit)) ?? [],
    })),
    ...ended.map((each) =>
      withIdle(describeEnded(each, options.now, standingOf(each)), idle.get(unitKeyOf(each.unit))),
    ),
    ...unused.map((each) =>
      withIdle(describeUnused(each, options.now, standings?.get(each.id)), idle.get(botKey(each.id))),
    ),
  ];
  const known = new Set(rows.flatMap(({ kind, unit }) => (kind === "collector" ? [unit] : [])));
  if (isOfAll)
    for (const unit of options.collectors ?? [])
      if (!known.has(unit))
        rows.push(
          withIdle(
            rowOf({ unit: { kind: "collector", name: unit }, tier: "direct" }, neverRan),
            idle.get(collectorKey(unit)),
          ),
        );
  return rows.toSorted((a, b) =>
    a.kind === b.kind
      ? compareNames(a.unit, b.unit) || Number(b.isLive) - Number(a.isLive)
      : compareNames(a.kind, b.kind),
  );
}

function standbyHosts(present: readonly PresentLauncher[]): ReadonlyMap<UnitKey, readonly string[]> {
  const hosts = new Map<UnitKey, readonly string[]>();
  for (const { process, standingBy } of present)
    for (const key of standingBy)
      hosts.set(key, [...new Set([...(hosts.get(key) ?? []), process.host])].toSorted());
  return hosts;
}

type IdleWord = Pick<RunRow, "state" | "reason" | "host" | "launcherPid">;

function idleUnits(present: readonly PresentLauncher[]): ReadonlyMap<UnitKey, IdleWord> {
  return new Map(
    present.flatMap(({ process: { host, pid }, idle }) =>
      idle.map(({ unitKey, state, why }) => [unitKey, { state, reason: why, host, launcherPid: pid }]),
    ),
  );
}

// What a launcher that lives says of a unit that it does not run is newer than how its last run ended.
function withIdle(row: RunRow, word: IdleWord | undefined): RunRow {
  return word === undefined ? row : { ...row, ...word };
}

/** What to show of a run that has not ended, given what became of its launcher. */
export function describeRun(
  live: LiveRun,
  verdict: RunVerdict,
  now: Instant,
  standing?: AccountStanding,
): RunRow {
  const { run } = live;
  const since = (at: Instant | undefined) => (at === undefined ? undefined : Math.max(0, now - at));
  const isLive = verdict === "live";
  return rowOf(run, {
    exitAgeMs: since(run.exitProvenAt),
    state: stateOf(run, verdict),
    isLive,
    // Whoever may live is taken for living.
    accountState: accountStateIn(
      run,
      { ...standing, phase: verdict === "silent" || isLive ? run.phase : undefined },
      now,
    ),
    reason: reasonOf(live, verdict),
    uptimeMs: isLive ? since(run.processStartedAt) : undefined,
    pid: isLive ? run.pid : undefined,
  });
}

const noProcess = { exitAgeMs: undefined, uptimeMs: undefined, pid: undefined };

function describeEnded(run: Run, now: Instant, standing: AccountStanding | undefined): RunRow {
  const accountState = accountStateIn(run, { ...standing, phase: undefined }, now);
  return rowOf(run, { state: "ended", isLive: false, accountState, reason: run.reason, ...noProcess });
}

const neverRan = {
  state: "never ran",
  isLive: false,
  accountState: undefined,
  reason: undefined,
  ...noProcess,
} as const;

function describeUnused(
  { id, name, proxyLabel, expectedIp }: UnusedAccount,
  now: Instant,
  { isHeld = false, waitsUntil }: Partial<AccountStanding> = {},
): RunRow {
  const accountState = accountStateOf({ isHeld, phase: undefined, waitsUntil }, now);
  const run = { unit: { kind: "bot", name, accountId: id }, proxyLabel } as const;
  return { ...rowOf(run, { ...neverRan, accountState }), exitIp: expectedIp };
}

function accountStateIn(
  { unit, waitsUntil: ownWait }: Run,
  {
    isHeld = false,
    waitsUntil = ownWait,
    phase,
  }: Partial<AccountStanding> & { readonly phase: RunPhase | undefined },
  now: Instant,
): AccountState | undefined {
  return unit.kind === "bot" ? accountStateOf({ isHeld, phase, waitsUntil }, now) : undefined;
}

type Judged = Pick<RunRow, "state" | "isLive" | "accountState" | "reason" | "exitAgeMs" | "uptimeMs" | "pid">;

// Field by field: spreading one object into another took half of the time of a long list.
function rowOf(run: Pick<Run, "unit"> & Partial<Run>, judged: Judged): RunRow {
  return {
    unit: run.unit.name,
    kind: run.unit.kind,
    state: judged.state,
    isLive: judged.isLive,
    accountState: judged.accountState,
    reason: judged.reason,
    proxyLabel: run.proxyLabel,
    exitIp: run.exitIp,
    exitIps: [run.exitIp, run.secondExitIp].filter((ip) => ip !== undefined),
    exitReach: run.exitReach,
    exitAgeMs: judged.exitAgeMs,
    country: run.country,
    tier: run.tier,
    pid: judged.pid,
    launcherPid: run.launcher?.pid,
    host: run.launcher?.host,
    standby: [],
    uptimeMs: judged.uptimeMs,
    restarts: run.restarts ?? 0,
    lastRestartReason: run.lastRestartReason,
    lastRestartCause: run.lastRestartCause,
    bypass: run.bypass ?? [],
    runId: run.id,
    startedAt: run.startedAt,
    heartbeatAt: run.heartbeatAt,
    endedAt: run.endedAt,
    endedBy: run.endedBy,
    exitCode: run.exitCode,
  };
}

function stateOf(run: Run, verdict: RunVerdict): RunRow["state"] {
  switch (verdict) {
    case "live":
      return run.phase;
    case "silent":
      return "silent";
    case "dead":
      return "launcher dead";
    case "over":
      return "replaced";
  }
}

function reasonOf({ run, sinceRenewedMs }: LiveRun, verdict: RunVerdict): string | undefined {
  switch (verdict) {
    case "live":
      return run.reason;
    case "silent":
      return `lease not renewed for ${Math.floor((sinceRenewedMs ?? 0) / 1000)} s`;
    case "dead":
      return `was ${run.phase}; its launcher (pid ${run.launcher.pid}) is gone`;
    case "over":
      return `was ${run.phase}; it no longer holds its lease`;
  }
}
