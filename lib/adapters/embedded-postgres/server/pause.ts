import type { Clock } from "../../../ports/clock.ts";

/** Waits by the given clock. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
