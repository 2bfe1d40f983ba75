import type { HeartbeatSettings } from "../../domain/run/unit.ts";

/** Heartbeats come every 5 s; three missing are lost, with one second for the last one to arrive. */
const lostAfterMs = 16_000;
/** A C extension may hold the interpreter's lock for long while the bot works. */
const pythonLostAfterMs = 60_000;
/** A loop that has not turned for so long is told. */
const lateAfterMs = 15_000;

/** After how long without a heartbeat a bot counts as lost; `program` is what its hello named. */
export function heartbeatLostAfterMs(settings: HeartbeatSettings, program: string | undefined): number {
  return settings.lostAfterMs ?? (program === "python" ? pythonLostAfterMs : lostAfterMs);
}

/** How a bot's asyncio loop is, by how long ago it turned: late is told, stuck counts like lost heartbeats. */
export type LoopVerdict = "turns" | "late" | "stuck";

/** Judges the asyncio loop of a bot; without a limit of the operator's it is never stuck. */
export function judgeLoop(loopLagMs: number | undefined, { loopMs }: HeartbeatSettings): LoopVerdict {
  if (loopLagMs === undefined) return "turns";
  if (loopMs !== undefined && loopLagMs >= loopMs) return "stuck";
  return loopLagMs >= lateAfterMs ? "late" : "turns";
}
