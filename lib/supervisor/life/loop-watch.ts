import type { HeartbeatSettings } from "../../domain/run/unit.ts";
import { describeDuration } from "../../domain/time.ts";
import { judgeLoop } from "../../policy/life/heartbeat.ts";

/** What became of a bot's asyncio loop, each told once. */
export interface LoopNews {
  readonly kind: "bot.loop_late" | "bot.loop_turns";
  readonly severity: "warning" | "info";
  readonly message: string;
}

/** Follows the asyncio loop of one process. */
export interface LoopWatch {
  /** Another process. */
  expectProcess(): void;
  /** Gives back whether the loop is stuck. */
  heard(loopLagMs: number | undefined): boolean;
}

/** Tells by `tell` when a loop stands still and when it turns again. */
export function loopWatch(settings: HeartbeatSettings, tell: (news: LoopNews) => void): LoopWatch {
  let longestMs: number | undefined;
  return {
    expectProcess() {
      longestMs = undefined;
    },
    heard(loopLagMs) {
      const verdict = judgeLoop(loopLagMs, settings);
      if (verdict === "turns") {
        if (longestMs !== undefined) tell(turnsAgain(longestMs));
        longestMs = undefined;
        return false;
      }
      if (longestMs === undefined) tell(standsStill(loopLagMs ?? 0, settings));
      longestMs = loopLagMs;
      return verdict === "stuck";
    },
  };
}

function standsStill(lagMs: number, { loopMs }: HeartbeatSettings): LoopNews {
  const then =
    loopMs === undefined ? "it is left alone" : `it is restarted when that lasts ${describeDuration(loopMs)}`;
  const message = `its asyncio loop has not turned for ${describeDuration(lagMs)}: something in the bot blocks it; ${then}`;
  return { kind: "bot.loop_late", severity: "warning", message };
}

function turnsAgain(longestMs: number): LoopNews {
  const message = `its asyncio loop turns again, after ${describeDuration(longestMs)} or a little more`;
  return { kind: "bot.loop_turns", severity: "info", message };
}
