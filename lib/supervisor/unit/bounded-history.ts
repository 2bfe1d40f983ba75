import type { Clock, Random } from "../../ports/clock.ts";
import type { Store } from "../../ports/store/store.ts";

const hourMs = 3_600_000;
/** A launcher that has just started has other things to do, and many may have started at once. */
const firstAfterMs = 60_000;

/** Keeps the history within its bound while a launcher runs; a database that cannot do it now is asked again hours later. */
export function boundedHistory(
  {
    store,
    clock,
    random,
  }: { readonly store: Pick<Store, "history">; readonly clock: Clock; readonly random: Random },
  keepDays: number,
): { stop(): void } {
  let cancel = (): void => {};
  const schedule = (ms: number): void => {
    cancel = clock.after(ms * (1 + random.random01()), () => {
      schedule(6 * hourMs);
      void store.history.keep(keepDays).catch(() => {});
    });
  };
  schedule(firstAfterMs);
  return { stop: () => cancel() };
}
