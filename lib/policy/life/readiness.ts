import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import { describeDuration } from "../../domain/time.ts";

/** Whether it can be relied on now, and why in a few words. */
export interface Readiness {
  readonly isReady: boolean;
  readonly text: string;
}

type Facts = Pick<
  UnitSnapshot,
  "phase" | "kind" | "reason" | "exit" | "heartbeat" | "heartbeatAgeMs" | "unready" | "pid"
>;

/** A bot is ready while it runs on a proven exit and, where something of ours is in it, shows life; a collector while it runs; both once their own probe passed. */
export function readinessOf(facts: Facts): Readiness {
  const { phase, kind, reason, exit, heartbeat, heartbeatAgeMs, unready, pid } = facts;
  const why = reason === undefined ? "" : `: ${reason}`;
  if (phase !== "running") return { isReady: false, text: `not ready, ${phase.replaceAll("_", " ")}${why}` };
  if (unready !== undefined) return { isReady: false, text: `not ready, it runs, but ${unready}` };
  if (kind === "collector")
    return { isReady: true, text: `ready, pid ${pid ?? "unknown"}, connects directly` };
  if (exit === undefined) return { isReady: false, text: `not ready, it has no proven exit${why}` };
  const on = `on ${exit.label} (${exit.exitIps[0] ?? "unknown"})`;
  const age = describeDuration(heartbeatAgeMs ?? 0);
  switch (heartbeat) {
    case "none":
      return { isReady: true, text: `ready ${on}` };
    case "awaited":
      return { isReady: false, text: `not ready ${on}, its process has sent no heartbeat yet` };
    case "fresh":
      return { isReady: true, text: `ready ${on}, heartbeat ${age} ago` };
    case "late":
      return { isReady: false, text: `not ready ${on}, its last heartbeat came ${age} ago` };
    default:
      return heartbeat satisfies never;
  }
}
