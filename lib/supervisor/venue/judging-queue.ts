import type { MonotonicMs } from "../../domain/time.ts";
import type { HeldExit } from "../../policy/machine/state.ts";
import type { Clock } from "../../ports/clock.ts";
import { withTimeout } from "../waits/with-timeout.ts";
import type { SaidOfVenue } from "./venue-words.ts";

/** A flood of different things is worth no more than so many. */
const mostWaiting = 50;
/** What comes again is counted until then and judged once: a bot may say it many times a second, and each judgement asks the database. */
const againAfterMs = 5_000;
/** What is under way when the run ends holds up the end no longer. */
const stopWithinMs = 2_000;
/** Whatever a bot counts, the sum still fits in the database's column. */
const mostTimes = 1_000_000_000;

/** Something said of a venue, and the exit that was held then. */
export interface Waiting extends SaidOfVenue {
  readonly exit: HeldExit;
}

/** Has what is said judged one after the other, each thing at once when it is new and seldom when it comes again. */
export class JudgingQueue {
  readonly #clock: Clock;
  readonly #judge: (said: Waiting) => Promise<void>;
  readonly #waiting = new Map<string, Waiting>();
  /** Before this a thing that was judged is not judged again. */
  readonly #dueMs = new Map<string, number>();
  #judging: Promise<void> | undefined;
  #cancel: () => void = () => {};
  #isStopped = false;

  /** `judge` never rejects. */
  constructor(clock: Clock, judge: (said: Waiting) => Promise<void>) {
    this.#clock = clock;
    this.#judge = judge;
  }

  add(said: Waiting): void {
    if (this.#isStopped) return;
    const key = keyOf(said);
    const known = this.#waiting.get(key);
    if (known === undefined && this.#waiting.size >= mostWaiting) return;
    this.#waiting.set(key, { ...said, times: Math.min(mostTimes, said.times + (known?.times ?? 0)) });
    this.#next();
  }

  /** Settles when nothing is judged any more, or after a while. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    this.#waiting.clear();
    if (this.#judging !== undefined) await withTimeout(this.#clock, stopWithinMs, this.#judging);
  }

  #next(): void {
    if (this.#judging !== undefined || this.#isStopped) return;
    this.#cancel();
    const nowMs = this.#clock.monotonicMs();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [key, said] of this.#waiting) {
      const dueMs = this.#dueMs.get(key) ?? nowMs;
      if (dueMs <= nowMs) {
        this.#start(key, said, nowMs);
        return;
      }
      soonestMs = Math.min(soonestMs, dueMs - nowMs);
    }
    if (this.#waiting.size > 0) this.#cancel = this.#clock.after(soonestMs, () => this.#next());
  }

  #start(key: string, said: Waiting, nowMs: MonotonicMs): void {
    this.#waiting.delete(key);
    for (const [other, dueMs] of this.#dueMs) if (dueMs <= nowMs) this.#dueMs.delete(other);
    this.#dueMs.set(key, nowMs + againAfterMs);
    this.#judging = this.#judge(said).finally(() => {
      this.#judging = undefined;
      this.#next();
    });
  }
}

// The time that is named moves on with each answer; the exit does not.
function keyOf({ channel, classified: { rule, venue }, exit }: Waiting): string {
  return [channel, rule, venue, exit.lease.token].join(" ");
}
