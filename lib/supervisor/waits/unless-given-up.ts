/** Waits for the work, and no longer once the signal aborts: then it rejects at once, and whatever comes of the work is dropped. */
export function unlessGivenUp<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("given up"));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    const isOver = (): void => signal.removeEventListener("abort", giveUp);
    work.finally(isOver).then(resolve, reject);
  });
}
