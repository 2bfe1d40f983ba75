import type { Run } from "../../../../domain/run/run.ts";
import { setListOf } from "../change.ts";
import { timestamp } from "../decode.ts";
import { processColumns } from "../leases/lease-owner.ts";
import type { Session } from "../session.ts";
import { runChangeColumns } from "./run-change.ts";

/** Stores a new run. */
export async function beginRun(session: Session, run: Run): Promise<void> {
  const { keyIds, phase, reason, tier, proxyId, proxyLabel, assignmentId, exitIp, exitReach, exitProvenAt } =
    run;
  const { country, pid, pidStartTicks, processStartedAt, restarts, lastRestartReason, beatAt, exempt } = run;
  const placement = {
    keyIds,
    phase,
    reason,
    tier,
    proxyId,
    proxyLabel,
    assignmentId,
    exitIp,
    exitReach,
    exitProvenAt,
  };
  const process = {
    country,
    pid,
    pidStartTicks,
    processStartedAt,
    restarts,
    lastRestartReason,
    beatAt,
    exempt,
  };
  const set = setListOf({ ...placement, ...process }, runChangeColumns);
  const changing = [...(set?.parameterOf.keys() ?? [])].map((column, index) => [column, set?.values[index]]);
  const columns = Object.entries({ ...fixedColumns(run), ...Object.fromEntries(changing) });
  const names = columns.map(([column]) => column).join(", ");
  const parameters = columns.map((_, index) => `$${index + 1}`).join(", ");
  await session.query({
    text: `insert into launch.runs (${names}) values (${parameters})`,
    values: columns.map(([, value]) => value),
  });
}

function fixedColumns(run: Run): Readonly<Record<string, unknown>> {
  return {
    run_id: run.id,
    account_id: run.unit.kind === "bot" ? run.unit.accountId : null,
    account: run.unit.kind === "bot" ? run.unit.name : null,
    collector: run.unit.kind === "collector" ? run.unit.name : null,
    launcher: run.launcherId,
    ...processColumns(run.launcher),
    launcher_version: run.launcherVersion,
    protocol_version: run.protocolVersion,
    started_at: timestamp(run.startedAt),
    ended_at: timestamp(run.endedAt),
    ended_by: run.endedBy,
    exit_code: run.exitCode,
  };
}
