import type { RunId } from "../../../domain/ids.ts";
import type { BotNetwork } from "./network.ts";

/** A run that waits longer, for a lease or an exit, keeps no process of ours waiting for it: its network is made anew. */
const waitsMs = 10_000;

/** Networks that were begun before their runs need them. */
export interface BegunNetworks {
  /** Keeps one for its run; one that fails is its maker's to report. */
  add(runId: RunId, making: Promise<BotNetwork>): void;
  /** The run needs it now; undefined where none was begun, or it waited too long. */
  take(runId: RunId): Promise<BotNetwork> | undefined;
  /** The run does not need it. */
  drop(runId: RunId): void;
}

/** None at first. */
export function begunNetworks(): BegunNetworks {
  const begun = new Map<RunId, Promise<BotNetwork>>();
  const take = (runId: RunId): Promise<BotNetwork> | undefined => {
    const making = begun.get(runId);
    begun.delete(runId);
    return making;
  };
  const drop = (runId: RunId): void =>
    void take(runId)?.then(
      (network) => network.close(),
      () => {},
    );
  return {
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
