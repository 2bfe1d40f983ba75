import type { RunChange } from "../../../../domain/run/run.ts";
import type { ChangeColumns } from "../change.ts";
import { timestamp } from "../decode.ts";

/** The column of each field of a run that changes while it lives. */
export const runChangeColumns: ChangeColumns<RunChange> = {
  keyIds: (ids) => [["key_ids", ids]],
  phase: (phase) => [["phase", phase]],
  reason: (reason) => [["reason", reason]],
  tier: (tier) => [["tier", tier]],
  proxyId: (id) => [["proxy_id", id]],
  proxyLabel: (label) => [["proxy_label", label]],
  assignmentId: (id) => [["assignment_id", id]],
  exitIp: (ip) => [["exit_ip", ip]],
  exitReach: (reach) => [["exit_reach", reach]],
  exitProvenAt: (at) => [["exit_proven_at", timestamp(at)]],
  country: (country) => [["country", country]],
  pid: (pid) => [["pid", pid]],
  pidStartTicks: (ticks) => [["pid_start_ticks", ticks]],
  processStartedAt: (at) => [["process_started_at", timestamp(at)]],
  restarts: (count) => [["restarts", count]],
  lastRestartReason: (reason) => [["last_restart_reason", reason]],
  beatAt: (at) => [["beat_at", timestamp(at)]],
  exempt: (exempt) => [["exempt", exempt]],
};
