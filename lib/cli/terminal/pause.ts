import { setTimeout as delay } from "node:timers/promises";

/** Waits so long; true after the time, false as soon as it is to stop. */
export function pause(ms: number, stopped: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal: stopped }).catch(() => false);
}
