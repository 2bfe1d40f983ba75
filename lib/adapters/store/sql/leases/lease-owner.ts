import type { LauncherId, RunId } from "../../../../domain/ids.ts";
import type { LeaseOwner, ProcessIdentity } from "../../../../domain/run/lease.ts";
import { numberAt, textAt } from "../decode.ts";
import type { Row } from "../session.ts";

/** The columns that name a holder and its process, with their values. */
export function ownerColumns(owner: LeaseOwner): Readonly<Record<string, string | number>> {
  return { holder: owner.runId, launcher: owner.launcherId, ...processColumns(owner.launcher) };
}

/** Reads the holder from a row of `leases` or `exit_leases`. */
export function decodeOwner(row: Row): LeaseOwner {
  return {
    runId: textAt(row, "holder") as RunId,
    launcherId: textAt(row, "launcher") as LauncherId,
    launcher: decodeProcess(row),
  };
}

/** The columns that tell a launcher's process from every other. */
export function processColumns(launcher: ProcessIdentity): Readonly<Record<string, string | number>> {
  return {
    host: launcher.host,
    machine_id: launcher.machineId,
    boot_id: launcher.bootId,
    pid_ns: launcher.pidNamespace,
    launcher_pid: launcher.pid,
    launcher_start_ticks: launcher.startTicks,
  };
}

/** Reads the launcher's process from a row that has its columns. */
export function decodeProcess(row: Row): ProcessIdentity {
  return {
    host: textAt(row, "host"),
    machineId: textAt(row, "machine_id"),
    bootId: textAt(row, "boot_id"),
    pidNamespace: textAt(row, "pid_ns"),
    pid: numberAt(row, "launcher_pid"),
    startTicks: numberAt(row, "launcher_start_ticks"),
  };
}
