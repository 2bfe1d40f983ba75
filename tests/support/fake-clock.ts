import { instant, monotonic } from "../../lib/domain/time.ts";
import type { Clock } from "../../lib/ports/clock.ts";

/** A clock that moves only when told; wall and monotonic time run together unless the wall is jumped. */
export interface FakeClock extends Clock {
  /** Moves on, firing each timer at its own moment and letting every promise settle in between. */
  advance(ms: number): Promise<void>;
  /** Lets every promise that needs no time settle. */
  settle(): Promise<void>;
  /** Sets the wall clock forward or back; the monotonic one does not notice. */
  jumpWall(ms: number): void;
  /** Moves on without firing a timer, as for a process that was stopped: the next `advance` fires them late. */
  freeze(ms: number): void;
  /** How many timers wait. */
  pending(): number;
}

interface Timer {
  readonly atMs: number;
  readonly work: () => void;
}

const wallStartMs = 1_800_000_000_000;

/** A clock at 0; `onMoment` is called after all that one moment brought about has settled. */
export function fakeClock(onMoment: () => void = () => {}): FakeClock {
  const timers = new Set<Timer>();
  let nowMs = 0;
  let jumpedMs = 0;

  const settle = async (): Promise<void> => {
    // One turn of the loop drains all microtasks; a second one those that an immediate of the code under test began.
    for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
    onMoment();
  };
  const nextBefore = (endMs: number): Timer | undefined => {
    let next: Timer | undefined;
    for (const timer of timers)
      if (timer.atMs <= endMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    return next;
  };
  return {
    now: () => instant(wallStartMs + nowMs + jumpedMs),
    monotonicMs: () => monotonic(nowMs),
    after(delayMs, work) {
      const timer = { atMs: nowMs + Math.max(0, delayMs), work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    settle,
    async advance(ms) {
      const endMs = nowMs + ms;
      await settle();
      for (let timer = nextBefore(endMs); timer !== undefined; timer = nextBefore(endMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.work();
        await settle();
      }
      nowMs = endMs;
    },
    jumpWall(ms) {
      jumpedMs += ms;
    },
    freeze(ms) {
      nowMs += ms;
    },
    pending: () => timers.size,
  };
}
