import { existsSync } from "node:fs";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { ourPids } from "../../../../lib/adapters/process-table/our-pids.ts";
import type { ProcReader } from "../../../../lib/adapters/process-table/proc-files.ts";

const end = 4_096;
const ownStart = 1_000;

afterEach(() => vi.useRealTimers());

/** A host that gives out pids one after the other and begins again at 300, with this process and `older` ones. */
function host(older: number, last: number) {
  const startOf = new Map<number, number>([[process.pid, ownStart]]);
  let forks = 0;
  const fork = (start: number): number => {
    do last = last + 1 >= end ? 300 : last + 1;
    while (startOf.has(last));
    forks += 1;
    startOf.set(last, start);
    return last;
  };
  for (let count = 0; count < older; count += 1) fork(ownStart - 1);
  const texts: Readonly<Record<string, () => string>> = {
    "/proc/loadavg": () => `0.00 0.00 0.00 1/2 ${last}\n`,
    "/proc/stat": () => `cpu 1\nprocesses ${forks + 1}\n`,
    "/proc/sys/kernel/pid_max": () => `${end}\n`,
    "/proc/1/stat": () => "1 (init) S 0",
    [`/proc/${process.pid}/stat`]: () =>
      `${process.pid} (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 ${ownStart} 0 0`,
  };
  const reader: ProcReader = {
    names: () => [],
    text: (path) => texts[path]?.(),
    link: () => "pid:[4026531836]",
  };
  const ours = ourPids("/proc", reader);
  return {
    fork,
    end: (pid: number) => startOf.delete(pid),
    /** What is found, what should be, and of whom the start was asked. */
    look: () => {
      const asked: number[] = [];
      const found = ours.among([...startOf.keys()], (pid) => {
        asked.push(pid);
        return startOf.get(pid);
      });
      const truly = [...startOf].flatMap(([pid, start]) => (start >= ownStart ? [pid] : []));
      return {
        found: [...found].filter((pid) => pid !== process.pid),
        truly: truly.filter((pid) => pid !== process.pid),
        asked,
      };
    },
  };
}

test.skipIf(!existsSync("/proc/loadavg"))(
  "what has begun since this process is found at every look, however many pids are given out and however long it takes",
  () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const step = fc.oneof(
      fc.record({ forks: fc.integer({ min: 1, max: 100 }), stays: fc.boolean() }),
      fc.record({ forks: fc.constantFrom(900, 3_000, 5_000), stays: fc.boolean() }),
      fc.record({ ms: fc.integer({ min: 1, max: 100_000 }) }),
      fc.record({ ended: fc.nat() }),
      fc.constant("look" as const),
      fc.constant("look" as const),
    );
    const last = fc.integer({ min: 300, max: end - 1 });
    fc.assert(
      fc.property(last, fc.nat({ max: 50 }), fc.array(step, { maxLength: 40 }), (from, older, steps) => {
        const { fork, end: ends, look } = host(older, from);
        const young: number[] = [];
        for (const each of [...steps, "look" as const]) {
          if (each === "look") {
            const { found, truly } = look();
            expect(found).toEqual(truly);
          } else if ("ms" in each) {
            vi.advanceTimersByTime(each.ms);
          } else if ("ended" in each) {
            const [pid] = young.splice(each.ended % Math.max(1, young.length), 1);
            if (pid !== undefined) ends(pid);
          } else {
            // One stays, the others have come and gone.
            for (let count = 1; count < each.forks; count += 1) ends(fork(ownStart + 1));
            const pid = fork(ownStart + 1);
            if (each.stays) young.push(pid);
            else ends(pid);
          }
        }
      }),
    );
  },
);

test.skipIf(!existsSync("/proc/loadavg"))(
  "older processes are asked for their start only after pids have gone round unseen, and no more a minute later",
  () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { fork, end: ends, look } = host(100, 300);
    const mine = fork(ownStart);
    expect(look().asked).toEqual([mine]);
    for (let count = 0; count < 2 * end; count += 1) ends(fork(ownStart));
    expect(look().asked.length).toBeGreaterThan(100);
    vi.advanceTimersByTime(60_000);
    expect(look().asked.length).toBeGreaterThan(100);
    const [next, { asked, found }] = [fork(ownStart), look()];
    expect([new Set(asked), new Set(found)]).toEqual([
      new Set([process.pid, mine, next]),
      new Set([mine, next]),
    ]);
  },
);
