import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds: files and sockets by the kernel's count, Node's own handles, live memory in bytes. */
export interface Holdings {
  readonly files: number;
  readonly handles: number;
  readonly heapBytes: number;
}

/** How much more this process holds after the work was done so many times than after a quarter of them, which fill caches and pools. */
export async function growthOf(times: number, work: (times: number) => Promise<void>): Promise<Holdings> {
  const [early, , , late] = await quartersOf(times, work, holdings);
  return {
    files: late.files - early.files,
    handles: late.handles - early.handles,
    heapBytes: late.heapBytes - early.heapBytes,
  };
}

/** What is measured after each quarter of the work: what is forgotten grows by the same each time, what is kept once does not. */
export async function quartersOf<T>(
  times: number,
  work: (times: number) => Promise<void>,
  measure: () => Promise<T>,
): Promise<readonly [T, T, T, T]> {
  const quarter = async (): Promise<T> => {
    await work(Math.ceil(times / 4));
    return await measure();
  };
  return [await quarter(), await quarter(), await quarter(), await quarter()];
}

async function holdings(): Promise<Holdings> {
  // What has just been closed is let go some turns later.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return {
    files: readdirSync("/proc/self/fd").length,
    handles: process.getActiveResourcesInfo().filter((name) => !/Timeout|Immediate/.test(name)).length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  for (let round = 0; round < 3; round += 1) gc();
}
