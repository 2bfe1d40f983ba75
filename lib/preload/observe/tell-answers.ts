import { encodeFrame } from "../../protocol/frames.ts";
import { answerBatch, type SeenAnswer } from "./answer-batch.ts";

const leastBetweenMs = 1_000;

/**
 * Tells the answers that were seen: the first failure at once, others together, at most one frame a second. `mayWrite` is false while
 * nobody reads: what waits then waits for another time.
 */
export function answerTeller(mayWrite: () => boolean, write: (line: string) => void) {
  const batch = answerBatch(() => Date.now());
  let nextAtMs = 0;
  let isTimed = false;
  const tell = (): void => {
    const items = mayWrite() ? batch.take() : [];
    if (items.length === 0) return;
    nextAtMs = performance.now() + leastBetweenMs;
    write(encodeFrame({ type: "answers", items }));
  };
  const flush = (): void => {
    const waitMs = nextAtMs - performance.now();
    if (waitMs <= 0) tell();
    if (waitMs <= 0 || isTimed) return;
    isTimed = true;
    setTimeout(() => {
      isTimed = false;
      flush();
    }, waitMs).unref();
  };
  return {
    see(answer: SeenAnswer): void {
      if (batch.add(answer)) flush();
    },
    /** Tells what waits, if its time has come. */
    flush,
    /** Tells what waits now: the process ends. */
    end: tell,
  };
}
