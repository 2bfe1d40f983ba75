import { describeDuration } from "../../domain/time.ts";
import type { AfterEnd } from "../../policy/desk/after-end.ts";
import type { Ending } from "../../policy/machine/state.ts";
import type { Notice } from "../../ports/journal.ts";

/** What people read of a unit whose run is over; undefined where the program that keeps the launcher says it. */
export function endWords(
  next: AfterEnd,
  { exitStatus, hint }: Pick<Ending, "exitStatus" | "hint">,
  hasEngine: boolean,
): Pick<Notice, "level" | "text"> | undefined {
  switch (next.kind) {
    case "retry": {
      const what = exitStatus === 71 ? "backing off (crash loop)" : "waits";
      return {
        level: "warning",
        text: `${what}, next try in ${describeDuration(next.delayMs)}: ${next.why}`,
      };
    }
    case "standby":
      return { level: "info", text: `stands by: ${next.why}` };
    case "elsewhere":
      return { level: "warning", text: `is skipped, it runs already: ${next.why}` };
    case "failed": {
      const advice = hint === undefined ? "" : ` ${hint}`;
      return hasEngine ? undefined : { level: "error", text: `does not start again: ${next.why}${advice}` };
    }
    case "finished":
      return hasEngine
        ? undefined
        : { level: exitStatus === 0 ? "info" : "warning", text: `is over: ${next.why}` };
    default:
      return next satisfies never;
  }
}
