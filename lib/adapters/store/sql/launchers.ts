import type { LauncherId, RunId } from "../../../domain/ids.ts";
import type { LeaseHolder, LeaseOwner, ProcessIdentity } from "../../../domain/run/lease.ts";
import type { Launcher, LauncherStore } from "../../../ports/store/launcher-store.ts";
import { booleanAt, numberAt, rowAt, textAt } from "./decode.ts";
import type { Row, Session } from "./session.ts";

/** The launchers, each with the one counter that renews all its leases. */
export function launcherStore(session: Session): LauncherStore {
  return {
    register: async (launcher) => {
      const text = "select launch.register_launcher($1)";
      await session.query({ text, values: [JSON.stringify(rowOf(launcher))], isRepeatable: true });
    },
    renew: async (id) => {
      const text = "select to_jsonb(launch.renew_launcher($1)) as tokens";
      const [row] = await session.query({ text, values: [id], isRepeatable: true });
      return (row?.["tokens"] ?? undefined) as readonly number[] | undefined;
    },
    tidy: async (id, tokens, runs) => {
      const text = "select launch.tidy_leases($1, $2, $3) as count";
      const [row] = await session.query({ text, values: [id, tokens, runs], isRepeatable: true });
      return numberAt(row ?? {}, "count");
    },
    update: async (id, { keyIds }) => {
      const text = "update launch.launchers set key_ids = $2 where id = $1";
      await session.query({ text, values: [id, keyIds], isRepeatable: true });
    },
    end: async (id) => {
      const text =
        "update launch.launchers set ended_at = clock_timestamp() where id = $1 and ended_at is null";
      await session.query({ text, values: [id], isRepeatable: true });
    },
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

function rowOf({ id, process, version, protocol, operatorSocket, keyIds, ttlMs }: Launcher): Row {
  return {
    id,
    host: process.host,
    machine_id: process.machineId,
    boot_id: process.bootId,
    pid_ns: process.pidNamespace,
    pid: process.pid,
    start_ticks: process.startTicks,
    version,
    protocol,
    operator_socket: operatorSocket,
    key_ids: keyIds,
    ttl_ms: ttlMs,
  };
}
