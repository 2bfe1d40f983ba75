import type { AccountId, AssignmentId, LauncherId, ProxyId, RunId } from "../../../domain/ids.ts";
import type { Run, RunPhase } from "../../../domain/run/run.ts";
import { type UnitKey, type UnitRef, unitKeyOf } from "../../../domain/run/unit-key.ts";
import { StoreError } from "../../../errors.ts";
import type { LiveRun, RunEnd, RunStore } from "../../../ports/store/run-store.ts";
import { asColumns, asJson, insertRow, updateRow } from "./change.ts";
import {
  epochMs,
  instantAt,
  numberAt,
  optionalExitIpAt,
  optionalInstantAt,
  optionalNumberAt,
  optionalTextAt,
  rowAt,
  textAt,
  textsAt,
  timestamp,
} from "./decode.ts";
import { exitUseStore } from "./exit-uses.ts";
import { eventsJson } from "./history.ts";
import { decodeProcess } from "./launchers.ts";
import { queryRows, type Row, type Session } from "./session.ts";

/** Who runs where, and how it ended. */
export function runStore(session: Session): RunStore {
  return {
    ...exitUseStore(session),
    begin: (run) => insertRow(session, "runs", runColumns(run)),
    // A run that another one has ended says no more: its launcher may have been frozen, or cut off, with this under way.
    update: (id, change) => {
      const where = `runs where ended_at is null and ${unhurried} and run_id` as const;
      return updateRow(session, { where, id }, asColumns(change));
    },
    end: (id, end) => sendEnd(session, id, end),
    live: () => listLive(session),
    lastEnded: () => queryRows(session, { text: lastEndedText }, decodeRun),
  };
}

// Nobody waits until a note about a run is on the disk. What must not be lost, as leases and exits, is; and with it all that was
// noted before, such as the end before the lease is given back.
const unhurried = "set_config('synchronous_commit', 'off', true) is not null";

const columnNames = `run_id, unit_key, name, launcher_id, launcher_pid, launcher_version, host, phase, reason, tier, proxy_id,
  proxy_label, assignment_id, exit_ip, second_exit_ip, exit_reach, country, pid, pid_start_ticks, restarts,
  last_restart_reason, last_restart_cause, bypass, ended_by, exit_code`;
const timeNames = [
  "started_at",
  "waits_until",
  "exit_proven_at",
  "process_started_at",
  "heartbeat_at",
  "ended_at",
];

// Column by column: to_json of each row takes the server three times as long.
function selected(table: string): string {
  const times = timeNames.map((name) => `${epochMs(`${table}.${name}`)} as ${name}`);
  return [...columnNames.split(/,\s*/).map((name) => `${table}.${name}`), ...times].join(", ");
}

// Each launcher is told once, and not beside each of its runs; whole rows in order would spill to the disk, so they are put
// in order here (10,000 live runs: 400 ms of the server's time before, 30 ms now).
const liveText = `select ${selected("r")}, l.instance, l.token
  from launch.runs r left join launch.leases l on l.run_id = r.run_id and not l.is_revoked
  where r.ended_at is null`;
const launchersText = `select to_jsonb(la) as launcher, extract(epoch from clock_timestamp() - renewed_at) * 1000 as since_renewed_ms
  from launch.launchers, lateral (
    select id, host, machine_id, boot_id, pid_ns, pid, start_ticks, key_ids, ttl_ms, renewals, operator_socket) la`;

// From unit to unit by the index, instead of past every run that each of them ever had.
const lastEndedText = `with recursive unit (key) as (
    (select unit_key from launch.runs order by unit_key limit 1)
    union all
    select (select r.unit_key from launch.runs r where r.unit_key > unit.key order by r.unit_key limit 1)
    from unit where unit.key is not null
  )
  select ${selected("last")}
  from unit cross join lateral (
    select * from launch.runs r where r.unit_key = unit.key order by r.started_at desc, r.run_id limit 1
  ) last
  where not exists (select 1 from launch.runs live where live.unit_key = unit.key and live.ended_at is null)
  order by last.name collate "C"`;

/** A run by its columns. */
export function runColumns({ id, unit, launcher: { pid, host }, ...run }: Run): Row {
  const launcher = { launcherPid: pid, host };
  return asColumns({ runId: id, unitKey: unitKeyOf(unit), name: unit.name, ...launcher, ...run });
}

async function sendEnd(
  session: Session,
  id: RunId,
  { at, by, exitCode, reason, told, givenBackBy }: RunEnd,
): Promise<void> {
  const end = asJson({ ended_at: timestamp(at), ended_by: by, exit_code: exitCode, reason });
  const values = [id, givenBackBy, end, told && eventsJson([told])];
  const send = (isRepeatable: boolean) =>
    session.query({ text: "select launch.end_run($1, $2, $3, $4)", values, isRepeatable });
  try {
    await send(false);
  } catch (error) {
    // Once more also where no answer came: no lease outlives a broken connection, and no end goes untold.
    if (!(error instanceof StoreError) || error.code !== "LAUNCH_STORE_UNREACHABLE") throw error;
    await send(true);
  }
}

async function listLive(session: Session): Promise<readonly LiveRun[]> {
  const rows = await session.query({ text: liveText, isRepeatable: true });
  if (rows.length === 0) return [];
  const launchers = new Map(
    (await session.query({ text: launchersText, isRepeatable: true })).map((row) => {
      const launcher = rowAt(row, "launcher");
      return [textAt(launcher, "id"), decodeLauncher(launcher, numberAt(row, "since_renewed_ms"))];
    }),
  );
  const live = rows.map((row) => decodeLive(row, (id) => launchers.get(id)));
  return live.toSorted(({ run: a }, { run: b }) =>
    a.unit.name === b.unit.name
      ? a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)
      : a.unit.name < b.unit.name
        ? -1
        : 1,
  );
}

function decodeLauncher(row: Row, sinceRenewedMs: number) {
  return {
    sinceRenewedMs,
    launcher: decodeProcess(row),
    operatorSocket: optionalTextAt(row, "operator_socket"),
    keyIds: textsAt(row, "key_ids"),
    ttlMs: numberAt(row, "ttl_ms"),
    renewals: numberAt(row, "renewals"),
  };
}

function decodeLive(
  row: Row,
  launcherOf: (id: string) => ReturnType<typeof decodeLauncher> | undefined,
): LiveRun {
  const run = decodeRun(row);
  const known = launcherOf(run.launcherId);
  const token = optionalNumberAt(row, "token");
  const isHeld = token !== undefined && known !== undefined;
  return {
    run,
    launcher: known?.launcher,
    operatorSocket: known?.operatorSocket,
    keyIds: known?.keyIds ?? [],
    lease: isHeld
      ? {
          unitKey: unitKeyOf(run.unit),
          instance: textAt(row, "instance"),
          seen: { token, renewals: known.renewals },
        }
      : undefined,
    sinceRenewedMs: known?.sinceRenewedMs,
    ttlMs: known?.ttlMs,
  };
}

function decodeRun(row: Row): Run {
  return {
    id: textAt(row, "run_id") as RunId,
    unit: decodeUnit(textAt(row, "unit_key") as UnitKey, textAt(row, "name")),
    launcherId: textAt(row, "launcher_id") as LauncherId,
    launcher: { host: textAt(row, "host"), pid: numberAt(row, "launcher_pid") },
    launcherVersion: textAt(row, "launcher_version"),
    startedAt: instantAt(row, "started_at"),
    phase: textAt(row, "phase") as RunPhase,
    reason: optionalTextAt(row, "reason"),
    waitsUntil: optionalInstantAt(row, "waits_until"),
    tier: optionalTextAt(row, "tier") as Run["tier"],
    proxyId: optionalTextAt(row, "proxy_id") as ProxyId | undefined,
    proxyLabel: optionalTextAt(row, "proxy_label"),
    assignmentId: optionalTextAt(row, "assignment_id") as AssignmentId | undefined,
    exitIp: optionalExitIpAt(row, "exit_ip"),
    secondExitIp: optionalExitIpAt(row, "second_exit_ip"),
    exitReach: optionalTextAt(row, "exit_reach") as Run["exitReach"],
    exitProvenAt: optionalInstantAt(row, "exit_proven_at"),
    country: optionalTextAt(row, "country"),
    pid: optionalNumberAt(row, "pid"),
    pidStartTicks: optionalNumberAt(row, "pid_start_ticks"),
    processStartedAt: optionalInstantAt(row, "process_started_at"),
    restarts: numberAt(row, "restarts"),
    lastRestartReason: optionalTextAt(row, "last_restart_reason"),
    lastRestartCause: optionalTextAt(row, "last_restart_cause"),
    heartbeatAt: optionalInstantAt(row, "heartbeat_at"),
    bypass: textsAt(row, "bypass"),
    endedAt: optionalInstantAt(row, "ended_at"),
    endedBy: optionalTextAt(row, "ended_by") as Run["endedBy"],
    exitCode: optionalNumberAt(row, "exit_code"),
  };
}

function decodeUnit(key: UnitKey, name: string): UnitRef {
  return key.startsWith("bot:")
    ? { kind: "bot", accountId: key.slice("bot:".length) as AccountId, name }
    : { kind: "collector", name };
}
