import { setTimeout as delay } from "node:timers/promises";

/** Reads a fact of the operating system that announces itself by no event, every 5 ms unless it is dear to read, until it is `wanted`; throws what it last was. */
export async function eventually<T>(
  read: () => T | Promise<T>,
  wanted: (value: T) => boolean,
  timeoutMs = 10_000,
  everyMs = 5,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (wanted(value)) return value;
    if (performance.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${timeoutMs} ms`);
    await delay(everyMs);
  }
}
