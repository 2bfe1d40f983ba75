import type { IdleUnit } from "../../../domain/desk/idle-units.ts";
import type { LauncherId, RunId } from "../../../domain/ids.ts";
import type { FolderChoices } from "../../../domain/run/folder-choices.ts";
import type { LeaseHolder, LeaseOwner, ProcessIdentity } from "../../../domain/run/lease.ts";
import type { UnitKey } from "../../../domain/run/unit-key.ts";
import type { Launcher, LauncherStore, Renewed } from "../../../ports/store/launcher-store.ts";
import { asColumns } from "./change.ts";
import { booleanAt, numberAt, optionalTextAt, rowAt, rowsAt, textAt, textsAt } from "./decode.ts";
import { queryRows, type Row, type Session, send } from "./session.ts";

/** The launchers, each with the one counter that renews all its leases. */
export function launcherStore(session: Session): LauncherStore {
  return {
    register: (launcher) =>
      send(session, "select launch.register_launcher($1)", [JSON.stringify(rowOf(launcher))]),
    renew: async (id) => {
      const text = "select launch.renew_leases($1) as renewed";
      const [row] = await session.query({ text, values: [id], isRepeatable: true });
      return (row?.["renewed"] ?? undefined) as Renewed | undefined;
    },
    tidy: async (id, tokens, runs) => {
      const text = "select launch.tidy_leases($1, $2, $3) as count";
      const [row] = await session.query({ text, values: [id, tokens, runs], isRepeatable: true });
      return numberAt(row ?? {}, "count");
    },
    update: (id, { keyIds }) =>
      send(session, "update launch.launchers set key_ids = $2 where id = $1", [id, keyIds]),
    tellIdle: (id, { standingBy, idle }) =>
      send(session, tellIdleText, [id, standingBy, JSON.stringify(idle)]),
    otherChoices: ({ process: { host, machineId }, choices }) => {
      const values = [host, machineId, JSON.stringify(choices)];
      return queryRows(session, { text: otherChoicesText, values }, (row) => ({
        folder: textAt(row, "folder"),
        choices: rowAt(row, "choices") as FolderChoices["choices"],
      }));
    },
    present: () =>
      queryRows(session, { text: presentText }, (row) => ({
        process: decodeProcess(row),
        operatorSocket: optionalTextAt(row, "operator_socket"),
        standingBy: textsAt(row, "standing_by") as readonly string[] as readonly UnitKey[],
        idle: rowsAt(row, "idle_units").map(decodeIdle),
      })),
    end: (id) => send(session, endText, [id]),
  };
}

// A stop does not wait until it is on the disk: a row that a crash of the server leaves open is silent, and goes an hour later.
const endText = `update launch.launchers set ended_at = clock_timestamp()
  where id = $1 and ended_at is null and set_config('synchronous_commit', 'off', true) is not null`;

const otherChoicesText = `select distinct on (folder) folder, choices from launch.launchers
  where host = $1 and machine_id = $2 and choices <> $3::jsonb order by folder, started_at desc`;

const tellIdleText = "update launch.launchers set standing_by = $2, idle_units = $3 where id = $1";

const presentText = `select host, machine_id, boot_id, pid_ns, pid, start_ticks, operator_socket, standing_by, idle_units from launch.launchers
  where ended_at is null and renewed_at > clock_timestamp() - ttl_ms * interval '1 millisecond' order by started_at, id`;

function decodeIdle(row: Row): IdleUnit {
  return {
    unitKey: textAt(row, "unitKey") as UnitKey,
    state: textAt(row, "state") as IdleUnit["state"],
    why: textAt(row, "why"),
  };
}

/** Reads what `lease_holder` gives of a lease that another run has. */
export function decodeHolder(row: Row): LeaseHolder {
  const launcher = rowAt(row, "launcher");
  const owner: LeaseOwner = {
    runId: textAt(row, "run_id") as RunId,
    launcherId: textAt(launcher, "id") as LauncherId,
    launcher: decodeProcess(launcher),
  };
  return {
    owner,
    seen: { token: numberAt(row, "token"), renewals: numberAt(row, "renewals") },
    isRevoked: booleanAt(row, "is_revoked"),
    ttlMs: numberAt(row, "ttl_ms"),
  };
}

/** Reads the process from a row of `launchers`. */
export function decodeProcess(row: Row): ProcessIdentity {
  return {
    host: textAt(row, "host"),
    machineId: textAt(row, "machine_id"),
    bootId: textAt(row, "boot_id"),
    pidNamespace: textAt(row, "pid_ns"),
    pid: numberAt(row, "pid"),
    startTicks: numberAt(row, "start_ticks"),
  };
}

function rowOf({ process: { pidNamespace, ...process }, ...launcher }: Launcher): Row {
  return asColumns({ ...launcher, ...process, pidNs: pidNamespace });
}
