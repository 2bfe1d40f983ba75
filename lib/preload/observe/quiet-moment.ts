const lookEveryMs = 20;
const isQuietBelow = 0.25;
const atLatestMs = 1_000;

/**
 * Puts work of ours off until the bot's event loop has had little to do for a moment, which is once its own modules are loaded; one that is
 * always busy is not waited for longer than a second. Keeps nobody alive.
 */
export function atQuietMoment(work: () => void): void {
  const { performance } = globalThis;
  const begunAt = performance.now();
  let before = performance.eventLoopUtilization();
  const look = (): void => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization < isQuietBelow || performance.now() - begunAt >= atLatestMs) work();
    else setTimeout(look, lookEveryMs).unref();
  };
  setTimeout(look, lookEveryMs).unref();
}
