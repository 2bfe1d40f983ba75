import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Store } from "../../ports/store/store.ts";

const hourMs = 3_600_000;
/** A launcher that has just started has other things to do, and many may have started at once. */
const firstAfterMs = 60_000;

/** Keeps history and evidence within their bounds while a launcher runs; a database that cannot do it now is asked again hours later. */
export function boundedHistory(
  {
    store,
    clock,
    random,
  }: { readonly store: Pick<Store, "history" | "evidence">; readonly clock: Clock; readonly random: Random },
  { historyDays, evidenceDays }: Pick<LauncherSettings, "historyDays" | "evidenceDays">,
): { stop(): void } {
  let cancel = (): void => {};
  const schedule = (ms: number): void => {
    cancel = clock.after(ms * (1 + random.random01()), () => {
      schedule(6 * hourMs);
      void store.history.keep(historyDays).catch(() => {});
      void store.evidence.keep(evidenceDays).catch(() => {});
    });
  };
  schedule(firstAfterMs);
  return { stop: () => cancel() };
}
