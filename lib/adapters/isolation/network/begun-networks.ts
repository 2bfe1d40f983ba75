import type { RunId } from "../../../domain/ids.ts";

/** What was begun for runs before they need it. */
export interface BegunNetworks<Begun> {
  /** Keeps one for its run; one that fails is its maker's to report. */
  add(runId: RunId, making: Promise<Begun>): void;
  /** Once it is made, and left where it is; undefined where none was begun, or its making failed. */
  find(runId: RunId): Promise<Begun | undefined>;
  has(runId: RunId): boolean;
  /** The run needs it now; undefined where none was begun, or it waited too long. */
  take(runId: RunId): Promise<Begun> | undefined;
  /** The run does not need it. */
  drop(runId: RunId): void;
}

/** None at first; one that is made and waits longer than `waitsMs` is closed, and made anew when it is needed. */
export function begunNetworks<Begun>(waitsMs: number, close: (begun: Begun) => void): BegunNetworks<Begun> {
  const begun = new Map<RunId, Promise<Begun>>();
  const take = (runId: RunId): Promise<Begun> | undefined => {
    const making = begun.get(runId);
    begun.delete(runId);
    return making;
  };
  const drop = (runId: RunId): void => void take(runId)?.then(close, () => {});
  return {
    find: async (runId) => await begun.get(runId)?.catch(() => undefined),
    has: (runId) => begun.has(runId),
    take,
    drop,
    add(runId, making) {
      begun.set(runId, making);
      const dropLater = (): void =>
        void setTimeout(() => {
          if (begun.get(runId) === making) drop(runId);
        }, waitsMs).unref();
      making.then(dropLater, () => begun.delete(runId));
    },
  };
}
