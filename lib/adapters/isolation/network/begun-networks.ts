import type { RunId } from "../../../domain/ids.ts";

/** What was begun for runs before they need it: none at first; one that is made and waits longer than `waitsMs` is closed, and made anew when it is needed. */
export function begunNetworks<Begun>(waitsMs: number, close: (begun: Begun) => void) {
  const begun = new Map<RunId, Promise<Begun>>();
  /** The run needs it now; undefined where none was begun, or it waited too long. */
  const take = (runId: RunId): Promise<Begun> | undefined => {
    const making = begun.get(runId);
    begun.delete(runId);
    return making;
  };
  /** The run does not need it. */
  const drop = (runId: RunId): void => void take(runId)?.then(close, () => {});
  return {
    /** Once it is made, and left where it is; undefined where none was begun, or its making failed. */
    find: async (runId: RunId): Promise<Begun | undefined> => await begun.get(runId)?.catch(() => undefined),
    has: (runId: RunId) => begun.has(runId),
    take,
    drop,
    /** Keeps one for its run; one that fails is its maker's to report. */
    add(runId: RunId, making: Promise<Begun>): void {
      begun.set(runId, making);
      const dropLater = (): void =>
        void setTimeout(() => {
          if (begun.get(runId) === making) drop(runId);
        }, waitsMs).unref();
      making.then(dropLater, () => begun.delete(runId));
    },
  };
}
