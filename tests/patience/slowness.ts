import { spawnSync } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { leastSlowness } from "./patience.ts";

/** What a start of Node takes on a quiet machine of the kind that this is developed on. */
const quietStartMs = 50;
const starts = 3;
// Beyond this a run is hopeless, and whoever waits for what hangs wants to know it within the hour.
const mostSlowness = 20;

/** Measures how slow this machine is just now: by starts of Node, and by how many programs want each of its processors. */
export function measureSlowness(): number {
  const times = Array.from({ length: starts }, () => {
    const startedAt = performance.now();
    spawnSync(process.execPath, ["-e", "0"]);
    return performance.now() - startedAt;
  });
  const [lastMinute = 0] = loadavg();
  const slowness = Math.max(...times.map((ms) => ms / quietStartMs), lastMinute / availableParallelism());
  return Math.round(Math.min(Math.max(leastSlowness * slowness, leastSlowness), mostSlowness));
}
