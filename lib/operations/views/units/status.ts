import type { UnitStatus } from "../../units/unit-status.ts";
import { rfc3339 } from "../rfc3339.ts";

/** The answer of `launch status --json`: all that is known of each bot and collector that was named. */
export function statusView(
  statuses: readonly UnitStatus[],
  logFileOf: (status: UnitStatus) => string | undefined,
) {
  return { version: 1, units: statuses.map((status) => unitView(status, logFileOf(status))) };
}

function unitView(status: UnitStatus, logFile: string | undefined) {
  const { unit, run, snapshot, wish, hold } = status;
  const exit = snapshot?.exit;
  return {
    unit: unit.name,
    kind: unit.kind,
    live: status.verdict === "live",
    state:
      status.verdict === "live"
        ? (snapshot?.phase ?? run?.phase ?? null)
        : (status.idle?.state ?? status.verdict ?? null),
    reason: status.idle?.why ?? snapshot?.reason ?? run?.reason ?? null,
    run_id: run?.id ?? null,
    wanted: wish?.wanted ?? "up",
    wanted_by: wish?.by ?? null,
    held_by: hold?.by ?? null,
    exit: {
      proxy: exit?.label ?? run?.proxyLabel ?? null,
      exit_ips: exit?.exitIps ?? [run?.exitIp, run?.secondExitIp].filter((ip) => ip !== undefined),
      country: exit?.country ?? run?.country ?? null,
      witnesses_agreed: exit?.agreed ?? null,
      witnesses_asked: exit?.asked ?? null,
      checked_age_ms: exit?.confirmedAgeMs ?? null,
    },
    tier: snapshot?.tier ?? run?.tier ?? null,
    bypass: snapshot?.bypass ?? run?.bypass ?? [],
    reachable_sockets: snapshot?.reachableSockets ?? null,
    lease_left_ms: snapshot?.leaseLeftMs ?? null,
    lease_renewed_ago_ms: status.sinceRenewedMs ?? null,
    heartbeat: snapshot?.heartbeat ?? null,
    heartbeat_age_ms: snapshot?.heartbeatAgeMs ?? null,
    traffic: snapshot?.traffic === undefined ? null : trafficView(snapshot.traffic),
    traffic_by_month: status.traffic.map(({ month, venue, tunnels, bytesUp, bytesDown }) => ({
      month,
      venue,
      connections: tunnels,
      bytes_up: bytesUp,
      bytes_down: bytesDown,
    })),
    held_by_kernel: snapshot?.heldBy === undefined ? null : snapshot.heldBy === "cgroup",
    memory_limit_bytes: snapshot?.memoryLimit?.bytes ?? null,
    kernel_ends_past_bytes: snapshot?.memoryLimit?.endsPastBytes ?? null,
    pid: snapshot?.pid ?? run?.pid ?? null,
    uptime_ms: snapshot?.uptimeMs ?? null,
    restarts: snapshot?.restarts ?? run?.restarts ?? 0,
    last_restart_reason: run?.lastRestartReason ?? null,
    last_restart_cause: run?.lastRestartCause ?? null,
    history: status.restarts.map(({ at, message }) => ({ at: rfc3339(at), message })),
    candidates: status.candidates.map(({ proxyLabel, exitIp, place, obstacles }) => ({
      proxy: proxyLabel,
      exit_ip: exitIp ?? null,
      place,
      obstacles,
    })),
    log_file: logFile ?? null,
    launcher:
      run === undefined ? null : { pid: run.launcher.pid, host: run.launcher.host, contact: status.launcher },
  };
}

function trafficView(traffic: NonNullable<NonNullable<UnitStatus["snapshot"]>["traffic"]>) {
  return {
    connections_open: traffic.openTunnels,
    connections: traffic.tunnels,
    failed: traffic.failures,
    refused: traffic.refused,
    bytes_up: traffic.bytesUp,
    bytes_down: traffic.bytesDown,
    warm: traffic.warm ?? null,
  };
}
