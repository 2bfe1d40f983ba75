import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a process holds: files and sockets by the kernel's count, Node's own handles, live memory in bytes. */
export interface Holdings {
  readonly files: number;
  readonly handles: number;
  readonly heapBytes: number;
}

/** How much more is held after the work was done so many times than after a quarter of them, which fill caches and pools. */
export async function growthOf(times: number, work: (times: number) => Promise<void>): Promise<Holdings> {
  const quarter = Math.ceil(times / 4);
  await work(quarter);
  const before = await holdings();
  await work(times - quarter);
  const after = await holdings();
  return {
    files: after.files - before.files,
    handles: after.handles - before.handles,
    heapBytes: after.heapBytes - before.heapBytes,
  };
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
