import type { VirtualTime } from "./virtual-time.ts";

/**
 * From now on nothing of this process can read the real clock, wait for it or draw a real number by chance: whoever tries fails,
 * because two runs of one seed would differ. A turn of the event loop is a moment of the world's own time.
 */
export function banRealTime(time: () => VirtualTime): void {
  const banned = (name: string) => (): never => {
    throw new Error(`${name} was used in a world, and would differ from run to run`);
  };
  Object.assign(globalThis, {
    setTimeout: banned("setTimeout"),
    setInterval: banned("setInterval"),
    setImmediate: (work: (...given: unknown[]) => void, ...given: unknown[]) =>
      time().after(0, () => work(...given)),
  });
  Date.now = banned("Date.now");
  Math.random = banned("Math.random");
  performance.now = banned("performance.now");
  AbortSignal.timeout = banned("AbortSignal.timeout");
  crypto.randomUUID = banned("crypto.randomUUID");
  crypto.getRandomValues = banned("crypto.getRandomValues");
}
