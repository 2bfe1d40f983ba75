/** Waits so long; true after the time, false as soon as it is to stop. */
export async function pause(ms: number, stopped: AbortSignal): Promise<boolean> {
  if (stopped.aborted) return false;
  return await new Promise((resolve) => {
    const timer = setTimeout(() => {
      stopped.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    stopped.addEventListener("abort", stop, { once: true });
  });
}
