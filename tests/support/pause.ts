import { setTimeout as delay } from "node:timers/promises";

/** Lets time pass where time itself is the subject (freezes, torture); tests of behaviour wait for events instead. */
export async function pause(ms: number): Promise<void> {
  await delay(ms);
}
