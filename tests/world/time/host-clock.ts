import { instant, monotonic } from "../../../lib/domain/time.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** When a world begins, by the wall clock of a host that is right. */
export const wallStartMs = Date.UTC(2030, 0, 1);

/** The clock of one process, which can be stopped, continued and ended. */
export interface HostClock extends Clock {
  /** For what comes from outside, such as an answer: a stopped process reads it after its overdue timers. */
  deliver(delayMs: number, work: () => void): void;
  freeze(): void;
  thaw(): void;
  /** Nothing of the process goes on. */
  end(): void;
}

/** A process of a host whose wall clock may be stepped. */
export function hostClock(time: VirtualTime, wall: { readonly offMs: number }): HostClock {
  let isFrozen = false;
  let isOver = false;
  const overdue: (() => void)[] = [];
  const unread: (() => void)[] = [];
  const waiting = (missed: (() => void)[], work: () => void) => (): void => {
    if (isOver) return;
    if (isFrozen) missed.push(work);
    else work();
  };
  return {
    now: () => instant(wallStartMs + time.nowMs() + wall.offMs),
    monotonicMs: () => monotonic(time.nowMs()),
    after(delayMs, work) {
      let isCancelled = false;
      const once = (): void => {
        if (!isCancelled) work();
      };
      const cancel = time.after(delayMs, waiting(overdue, once));
      return () => {
        isCancelled = true;
        cancel();
      };
    },
    deliver: (delayMs, work) => void time.after(delayMs, waiting(unread, work)),
    freeze() {
      isFrozen = true;
    },
    thaw() {
      isFrozen = false;
      // As an event loop does: all timers that are due, then what has come in.
      for (const missed of [overdue, unread])
        for (const work of missed.splice(0)) {
          if (isOver) return;
          work();
          time.settle();
        }
    },
    end() {
      isOver = true;
    },
  };
}
