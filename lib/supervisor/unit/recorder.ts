import type { HistoryEvent } from "../../domain/event.ts";
import type { Run, RunChange } from "../../domain/run/run.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Store } from "../../ports/store/store.ts";

/** Writes what happens to a run into the database, in order; a database that does not answer never stops a run by this way. */
export interface RunRecorder {
  /** Its row is there. */
  begin(run: Run): void;
  note(change: RunChange): void;
  record(
    event: Pick<HistoryEvent, "kind" | "severity" | "message"> &
      Partial<Pick<HistoryEvent, "proxyId" | "evidence">>,
  ): void;
  /** Anything else that must be written in its turn. */
  write(work: (store: Store) => Promise<unknown>): void;
  end(end: { readonly by: "bot" | "launcher"; readonly exitCode: number; readonly reason: string }): void;
  /** Settles when everything asked for so far is written or given up. */
  settled(): Promise<void>;
}

export function runRecorder(store: Store, clock: Clock, journal: Journal, unit: string): RunRecorder {
  let chain: Promise<void> = Promise.resolve();
  let run: Run | undefined;
  /** What was seen before the run's row began. */
  const early: Parameters<RunRecorder["record"]>[0][] = [];

  const write = (work: (store: Store) => Promise<unknown>): void => {
    chain = chain.then(async () => {
      try {
        await work(store);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        journal.say({ level: "warning", unit, text: `could not write to the database: ${why}` });
      }
    });
  };

  const record: RunRecorder["record"] = (event) => {
    if (run === undefined) {
      early.push(event);
      return;
    }
    const { id, unit: of, launcher } = run;
    const accountId = of.kind === "bot" ? of.accountId : undefined;
    const full: HistoryEvent = {
      at: clock.now(),
      actor: "system",
      host: launcher.host,
      runId: id,
      accountId,
      ...event,
    };
    write((to) => to.history.append(full));
  };

  return {
    begin(begun) {
      run = begun;
      for (const event of early.splice(0)) record(event);
    },
    note(change) {
      const id = run?.id;
      if (id !== undefined) write((to) => to.runs.update(id, change));
    },
    record,
    write,
    end({ by, exitCode, reason }) {
      const id = run?.id;
      if (id !== undefined) write((to) => to.runs.end(id, { at: clock.now(), by, exitCode, reason }));
    },
    settled: () => chain,
  };
}
