import type { Clock } from "../../ports/clock.ts";

/** Beats come every 5 s; three missing are lost (docs/architecture.md, Proof), with one second for the last one to arrive. */
const lostAfterMs = 16_000;
/** A bot may load for a while before its loop turns for the first time: the hello alone arms the watch for this long. */
const firstBeatWithinMs = 60_000;

/** Notices that a bot stopped beating; the first frame arms it, so that programs without preload are not judged by it. */
export interface BeatWatch {
  /** Another process: nothing is armed until it speaks. */
  expectProcess(): void;
  heard(what: "hello" | "beat"): void;
  /** From here on a loss is told, again and again until a beat comes: it may meet a moment in which nobody can act on it. */
  start(): void;
  stop(): void;
}

/** Tells each loss to `onLost`. */
export function beatWatch(clock: Clock, onLost: () => void): BeatWatch {
  let last: "hello" | "beat" | undefined;
  let isStarted = false;
  let cancel = () => {};

  const arm = (): void => {
    cancel();
    if (!isStarted || last === undefined) return;
    cancel = clock.after(last === "beat" ? lostAfterMs : firstBeatWithinMs, () => {
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
