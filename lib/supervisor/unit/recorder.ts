import type { HistoryEvent } from "../../domain/event.ts";
import type { LauncherId } from "../../domain/ids.ts";
import type { Run, RunChange } from "../../domain/run/run.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Store } from "../../ports/store/store.ts";

/** Writes what happens to a run into the database, in order; a database that does not answer never stops a run by this way. */
export interface RunRecorder {
  /** Its row is there. */
  begin(run: Run): void;
  note(change: RunChange): void;
  record(event: ToldEvent): void;
  /** Anything else that must be written in its turn. */
  write(work: (store: Store) => Promise<unknown>): void;
  end(end: RecordedEnd): void;
  /** Settles when everything asked for so far is written or given up. */
  settled(): Promise<void>;
}

/** What of an event is not known of its run. */
export type ToldEvent = Pick<HistoryEvent, "kind" | "severity" | "message"> &
  Partial<Pick<HistoryEvent, "proxyId" | "evidence">>;

export interface RecordedEnd {
  readonly by: "bot" | "launcher";
  readonly exitCode: number;
  readonly reason: string;
  readonly told: ToldEvent;
  /** The lease that goes back with it, and what is called before that is sent. */
  readonly givesBack: { readonly launcherId: LauncherId; readonly onSending: () => void } | undefined;
}

export function runRecorder(store: Store, clock: Clock, journal: Journal, unit: string): RunRecorder {
  let chain: Promise<void> = Promise.resolve();
  let run: Run | undefined;
  /** What was seen before the run's row began. */
  const early: ToldEvent[] = [];

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

  const whole = ({ id, unit: of, launcher: { host } }: Run, event: ToldEvent): HistoryEvent => {
    const accountId = of.kind === "bot" ? of.accountId : undefined;
    return { at: clock.now(), actor: "system", host, runId: id, accountId, ...event };
  };

  const record: RunRecorder["record"] = (event) => {
    if (run === undefined) {
      early.push(event);
      return;
    }
    const full = whole(run, event);
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
    end({ by, exitCode, reason, told: event, givesBack }) {
      if (run === undefined) return;
      const { id } = run;
      const told = whole(run, event);
      write((to) => {
        givesBack?.onSending();
        const givenBackBy = givesBack?.launcherId;
        return to.runs.end(id, { at: clock.now(), by, exitCode, reason, told, givenBackBy });
      });
    },
    settled: () => chain,
  };
}
