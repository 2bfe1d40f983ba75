import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { type MonotonicMs, monotonic } from "../../../lib/domain/time.ts";

/** Time that passes only when nothing is left to do, for everything in one world. */
export interface VirtualTime {
  readonly nowMs: () => MonotonicMs;
  /** Calls `work` once after `delayMs`, unless the returned function is called before. */
  readonly after: (delayMs: number, work: () => void) => () => void;
  /** Fires what is due up to that moment, in its order, and lets every promise settle in between. */
  readonly runUntil: (atMs: number) => void;
  /** Lets every promise settle that needs no time. */
  readonly settle: () => void;
  /** How many timers have fired. */
  readonly fired: () => number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  work: (() => void) | undefined;
}

/** Time at 0. */
export function virtualTime(): VirtualTime {
  const settle = microtasks();
  const heap: Timer[] = [];
  let nowMs = 0;
  let orders = 0;
  let fired = 0;
  return {
    nowMs: () => monotonic(nowMs),
    after(delayMs, work) {
      // A timer of Node fires after whole milliseconds.
      const timer: Timer = { atMs: nowMs + Math.max(0, Math.ceil(delayMs)), order: ++orders, work };
      push(heap, timer);
      return () => {
        timer.work = undefined;
      };
    },
    runUntil(atMs) {
      settle();
      for (let [next] = heap; next !== undefined && next.atMs <= atMs; [next] = heap) {
        pop(heap);
        const { work } = next;
        if (work === undefined) continue;
        nowMs = next.atMs;
        next.work = undefined;
        fired += 1;
        work();
        settle();
      }
      nowMs = Math.max(nowMs, atMs);
    },
    settle,
    fired: () => fired,
  };
}

/**
 * Runs all microtasks at once. A turn of the event loop would do the same in ten times as long, and it is most of what a quiet
 * moment of a world costs.
 */
function microtasks(): () => void {
  setFlagsFromString("--allow-natives-syntax");
  const run = runInThisContext("() => %PerformMicrotaskCheckpoint()") as () => void;
  let hasRun = false;
  void Promise.resolve().then(() => {
    hasRun = true;
  });
  run();
  if (!hasRun)
    throw new Error("microtasks cannot be run from here: begin a world from a timer, not from a promise");
  return run;
}

function isBefore(left: Timer, right: Timer): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
}

function push(heap: Timer[], timer: Timer): void {
  let at = heap.length;
  heap.push(timer);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(timer, parent)) break;
    heap[at] = parent;
    at = above;
  }
  heap[at] = timer;
}

function pop(heap: Timer[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let below = 2 * at + 1;
    let child = heap[below];
    if (child === undefined) break;
    const right = heap[below + 1];
    if (right !== undefined && isBefore(right, child)) [below, child] = [below + 1, right];
    if (!isBefore(child, last)) break;
    heap[at] = child;
    at = below;
  }
  heap[at] = last;
}
