// Waiting for moments in which the machine is idle: what is measured beside other work says more about that work than about ours.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const sampleMs = 100;
const idleEnough = 0.85;

/** A wait for an idle moment, each for at most so long; counts how many moments were none. */
export function quietMoments(longestMs) {
  const counts = { quiet: 0, busy: 0 };
  return {
    counts,
    async next() {
      const deadline = performance.now() + longestMs;
      for (;;) {
        const before = ticks();
        await delay(sampleMs);
        const after = ticks();
        const isQuiet = (after.idle - before.idle) / (after.all - before.all) >= idleEnough;
        if (isQuiet) counts.quiet += 1;
        else if (performance.now() >= deadline) counts.busy += 1;
        else continue;
        return;
      }
    },
  };
}

function ticks() {
  const [line] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user, nice, system, idle, iowait, irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  return {
    idle: idle + iowait,
    all: user + nice + system + idle + iowait + irq + softirq + steal,
  };
}
