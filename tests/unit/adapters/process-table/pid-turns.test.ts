import fc from "fast-check";
import { expect, test } from "vitest";
import { type PidMoment, pidsBetween } from "../../../../lib/adapters/process-table/pid-turns.ts";

const end = 2_000;
const firstAfterTurn = 300;

/** Gives out pids as Linux does: the next free one after the last, from 300 on after the largest. */
class Numbers {
  readonly used = new Set<number>();
  #last: number;
  #forks = 0;

  constructor(last: number) {
    this.#last = last;
  }

  fork(): number {
    do {
      this.#last = this.#last + 1 >= end ? firstAfterTurn : this.#last + 1;
    } while (this.used.has(this.#last));
    this.used.add(this.#last);
    this.#forks += 1;
    return this.#last;
  }

  setBack(last: number): void {
    this.#last = last;
  }

  moment(): PidMoment {
    return { before: this.#last, forks: this.#forks, after: this.#last, end };
  }
}

test("every pid given out between two moments is told, and none that is older, however the numbers go round", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: end - 1 }),
      fc.array(fc.boolean(), { maxLength: 100 }),
      fc.array(fc.boolean(), { maxLength: end }),
      (last, older, younger) => {
        const numbers = new Numbers(last);
        const old = older.map((stays) => ({ pid: numbers.fork(), stays }));
        const from = numbers.moment();
        const isBetween = (): ((pid: number) => boolean) | undefined => pidsBetween(from, numbers.moment());
        for (const { pid, stays } of old) if (!stays) numbers.used.delete(pid);
        const young = younger.map((stays) => {
          const pid = numbers.fork();
          if (!stays) numbers.used.delete(pid);
          return pid;
        });
        const told = isBetween();
        expect(told !== undefined || young.length >= end / 8).toBe(true);
        if (told === undefined) return;
        expect(young.filter((pid) => !told(pid))).toEqual([]);
        expect(old.filter(({ pid, stays }) => stays && told(pid))).toEqual([]);
      },
    ),
  );
});

test("nothing is told once the numbers were set back, or their end was moved", () => {
  const numbers = new Numbers(900);
  const from = numbers.moment();
  for (let forks = 0; forks < 200; forks += 1) numbers.used.delete(numbers.fork());
  numbers.setBack(950);
  numbers.fork();
  expect(pidsBetween(from, numbers.moment())).toBeUndefined();
  numbers.setBack(700);
  numbers.fork();
  expect(pidsBetween(from, numbers.moment())).toBeUndefined();
  expect(pidsBetween(from, { ...from, end: end * 2 })).toBeUndefined();
});

test("a fork that was under way at the first moment takes nothing from what is told", () => {
  const from = { before: 500, forks: 10, after: 500, end };
  const told = pidsBetween(from, { before: 503, forks: 14, after: 503, end });
  expect([500, 501, 503, 504].map((pid) => told?.(pid))).toEqual([false, true, true, false]);
});
