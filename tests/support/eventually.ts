import { setTimeout as delay } from "node:timers/promises";
import { patient } from "../patience/patience.ts";

/** Reads a fact of the operating system that announces itself by no event, every 5 ms unless it is dear to read, until it is `wanted`; throws what it last was after the time (a quiet machine's). */
export async function eventually<T>(
  read: () => T | Promise<T>,
  wanted: (value: T) => boolean,
  timeoutMs = 10_000,
  everyMs = 5,
): Promise<T> {
  const limitMs = patient(timeoutMs);
  const deadline = performance.now() + limitMs;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${limitMs} ms`);
    await delay(everyMs);
  }
}
