import type { EvidenceRow } from "../../domain/verdict/evidence-row.ts";
import { UsageError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { EvidenceStore } from "../../ports/store/reputation/evidence-store.ts";

/** Two hundred bots that each see something every second are one write a second. */
const writeEveryMs = 1_000;
/** While the database does not answer, the oldest rows beyond so many are let go. */
const mostWaiting = 2_000;
/** Whatever a bot counts, the sum still fits in the database's column. */
const mostTimes = 1_000_000_000;

interface LogPorts {
  readonly store: { readonly evidence: Pick<EvidenceStore, "append"> };
  readonly clock: Clock;
  readonly journal: Journal;
}

/** Collects what a launcher's units see and stores it in few writes; what is to count is stored before a decision. */
export class EvidenceLog {
  readonly #store: Pick<EvidenceStore, "append">;
  readonly #clock: Clock;
  readonly #journal: Journal;
  /** By all that makes two rows equal but their time, oldest first. */
  #waiting = new Map<string, EvidenceRow>();
  #cancel: (() => void) | undefined;
  #writing: Promise<boolean> = Promise.resolve(true);
  #isFailing = false;

  constructor({ store, clock, journal }: LogPorts) {
    this.#store = store.evidence;
    this.#clock = clock;
    this.#journal = journal;
  }

  /** Stores the row within a second. */
  add(row: EvidenceRow): void {
    this.#put(row);
    this.#cancel ??= this.#clock.after(writeEveryMs, () => void this.flush());
  }

  /** Stores what waits now; false when the database did not take it, and then it waits on. */
  flush(): Promise<boolean> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<boolean> {
    const rows = [...this.#waiting.values()];
    if (rows.length === 0) return !this.#isFailing;
    this.#waiting.clear();
    try {
      await this.#append(rows);
      this.#isFailing = false;
    } catch (error) {
      this.#keep(rows, error);
    }
    return !this.#isFailing;
  }

  // A row that the database refuses for what it holds would be refused for ever, and all others of its batch with it.
  async #append(rows: readonly EvidenceRow[]): Promise<void> {
    try {
      await this.#store.append(rows);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      if (rows.length === 1) return this.#giveUp(error);
      const half = Math.ceil(rows.length / 2);
      await this.#append(rows.slice(0, half));
      await this.#append(rows.slice(half));
    }
  }

  #giveUp({ message }: UsageError): void {
    const text = `a piece of what the bots see of venues is not stored: ${message}`;
    this.#journal.say({ level: "warning", unit: undefined, text });
  }

  #put(row: EvidenceRow): void {
    const key = keyOf(row);
    const known = this.#waiting.get(key);
    this.#waiting.set(
      key,
      known === undefined
        ? row
        : { ...known, times: Math.min(mostTimes, known.times + row.times), at: row.at },
    );
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > mostWaiting && oldest !== undefined) this.#waiting.delete(oldest);
  }

  // Said once for each time that the database stops taking it.
  #keep(rows: readonly EvidenceRow[], error: unknown): void {
    const newer = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const row of [...rows, ...newer]) this.#put(row);
    this.#cancel ??= this.#clock.after(writeEveryMs * 5, () => void this.flush());
    const why = error instanceof Error ? error.message : String(error);
    if (!this.#isFailing)
      this.#journal.say({
        level: "warning",
        unit: undefined,
        text: `what the bots see of venues cannot be stored: ${why}`,
      });
    this.#isFailing = true;
  }

  /** Stores the rest, once. */
  async stop(): Promise<void> {
    await this.flush();
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function keyOf({ runId, proxyId, exitIp, venue, channel, kind, untilAt, why }: EvidenceRow): string {
  return [runId, proxyId, exitIp, venue, channel, kind, untilAt, why].join("\n");
}
