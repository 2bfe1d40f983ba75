import type { Clock } from "../../ports/clock.ts";

/** A bot may load for a while before its loop turns for the first time: the hello alone arms the watch for this long. */
const firstHeartbeatWithinMs = 60_000;

/** Notices that a bot stopped beating; the first frame arms it, so that programs without preload are not judged by it. */
export interface HeartbeatWatch {
  /** Another process: nothing is armed until it speaks. */
  expectProcess(): void;
  heard(what: "hello" | "heartbeat"): void;
  /** From here on a loss is told, again and again until a heartbeat comes: it may meet a moment in which nobody can act on it. */
  start(): void;
  stop(): void;
}

/** Tells each loss to `onLost`; after how long it is one, `lostAfterMs` says anew each time. */
export function heartbeatWatch(clock: Clock, lostAfterMs: () => number, onLost: () => void): HeartbeatWatch {
  let last: "hello" | "heartbeat" | undefined;
  let isStarted = false;
  let cancel = () => {};

  const arm = (): void => {
    cancel();
    if (!isStarted || last === undefined) return;
    const lostMs = lostAfterMs();
    cancel = clock.after(last === "heartbeat" ? lostMs : Math.max(lostMs, firstHeartbeatWithinMs), () => {
      arm();
      onLost();
    });
  };
  return {
    expectProcess() {
      last = undefined;
      cancel();
    },
    heard(what) {
      last = what;
      arm();
    },
    start() {
      isStarted = true;
      arm();
    },
    stop() {
      isStarted = false;
      cancel();
    },
  };
}
