import type { AccountId, AssignmentId, LauncherId, ProxyId, RunId } from "../../../../domain/ids.ts";
import type { Run, RunPhase, UnitRef } from "../../../../domain/run/run.ts";
import {
  instantAt,
  numberAt,
  optionalInstantAt,
  optionalNumberAt,
  optionalTextAt,
  textAt,
  textsAt,
} from "../decode.ts";
import { decodeProcess } from "../leases/lease-owner.ts";
import { decodeExitIp } from "../proxies/proxy-row.ts";
import type { Row } from "../session.ts";

/** Reads a row of `runs`. */
export function decodeRun(row: Row): Run {
  const exitIp = optionalTextAt(row, "exit_ip");
  return {
    id: textAt(row, "run_id") as RunId,
    unit: decodeUnit(row),
    launcherId: textAt(row, "launcher") as LauncherId,
    launcher: decodeProcess(row),
    launcherVersion: textAt(row, "launcher_version"),
    protocolVersion: numberAt(row, "protocol_version"),
    keyIds: textsAt(row, "key_ids"),
    startedAt: instantAt(row, "started_at"),
    phase: textAt(row, "phase") as RunPhase,
    reason: optionalTextAt(row, "reason"),
    tier: optionalTextAt(row, "tier") as Run["tier"],
    proxyId: optionalTextAt(row, "proxy_id") as ProxyId | undefined,
    proxyLabel: optionalTextAt(row, "proxy_label"),
    assignmentId: optionalTextAt(row, "assignment_id") as AssignmentId | undefined,
    exitIp: exitIp === undefined ? undefined : decodeExitIp(exitIp),
    exitReach: optionalTextAt(row, "exit_reach") as Run["exitReach"],
    exitProvenAt: optionalInstantAt(row, "exit_proven_at"),
    country: optionalTextAt(row, "country"),
    pid: optionalNumberAt(row, "pid"),
    pidStartTicks: optionalNumberAt(row, "pid_start_ticks"),
    processStartedAt: optionalInstantAt(row, "process_started_at"),
    restarts: numberAt(row, "restarts"),
    lastRestartReason: optionalTextAt(row, "last_restart_reason"),
    beatAt: optionalInstantAt(row, "beat_at"),
    exempt: textsAt(row, "exempt"),
    endedAt: optionalInstantAt(row, "ended_at"),
    endedBy: optionalTextAt(row, "ended_by") as Run["endedBy"],
    exitCode: optionalNumberAt(row, "exit_code"),
  };
}

function decodeUnit(row: Row): UnitRef {
  const collector = optionalTextAt(row, "collector");
  if (collector !== undefined) return { kind: "collector", name: collector };
  return { kind: "bot", accountId: textAt(row, "account_id") as AccountId, name: textAt(row, "account") };
}
