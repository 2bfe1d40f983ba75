import type { RunRow } from "../runs/list-runs.ts";
import { rfc3339 } from "./rfc3339.ts";

/** The answer of `launch ps --json`, field by field in docs/cli.md: version 1 only ever gains fields. */
export function runsView(rows: readonly RunRow[], database: string) {
  return {
    version: 1,
    database,
    runs: rows.map((row) => ({
      unit: row.unit,
      kind: row.kind,
      state: row.state,
      live: row.isLive,
      account_state: row.accountState ?? null,
      reason: row.reason ?? null,
      proxy: row.proxyLabel ?? null,
      exit_ip: row.exitIp ?? null,
      exit_ips: row.exitIps,
      exit_reach: row.exitReach ?? null,
      exit_age_ms: row.exitAgeMs ?? null,
      country: row.country ?? null,
      tier: row.tier ?? null,
      enforced: row.tier === "kernel" || row.tier === "preload",
      pid: row.pid ?? null,
      launcher_pid: row.launcherPid ?? null,
      host: row.host ?? null,
      standby: row.standby,
      uptime_ms: row.uptimeMs ?? null,
      restarts: row.restarts,
      last_restart_reason: row.lastRestartReason ?? null,
      last_restart_cause: row.lastRestartCause ?? null,
      bypass: row.bypass,
      run_id: row.runId ?? null,
      started_at: rfc3339(row.startedAt),
      heartbeat_at: rfc3339(row.heartbeatAt),
      ended_at: rfc3339(row.endedAt),
      ended_by: row.endedBy ?? null,
      exit_code: row.exitCode ?? null,
    })),
  };
}
