import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";

/** After a look at all processes for many trees come so many times its length without one. */
const restPerLook = 3;
/** So few trees look as often as they like. */
const fewTrees = 4;

/**
 * Looks at the processes of the host for many trees that end at once. Each tree needs one that begins after it asked; all that
 * wait share it. Fifty that looked for themselves kept the launcher from everything else.
 */
export class SharedLooks {
  readonly #table: ProcessTable;
  #soon: Promise<ProcessLook> | undefined;
  #later: Promise<ProcessLook> | undefined;
  #notBeforeMs = 0;
  #waiting = 0;

  constructor(table: ProcessTable) {
    this.#table = table;
  }

  /** The next one, in this turn: for whoever is to be sent a signal. */
  soon(): Promise<ProcessLook> {
    this.#soon ??= turn().then(() => {
      this.#soon = undefined;
      return this.#look();
    });
    return this.#soon;
  }

  /** The next one that leaves others their time: for whoever waits for an end. */
  later(): Promise<ProcessLook> {
    this.#waiting += 1;
    this.#later ??= delay(Math.max(1, this.#notBeforeMs - performance.now())).then(() => {
      this.#later = undefined;
      return this.#look();
    });
    return this.#later;
  }

  #look(): ProcessLook {
    const startedAtMs = performance.now();
    const rest = this.#waiting > fewTrees ? restPerLook : 0;
    this.#waiting = 0;
    // Those who wait read in it before the next turn begins.
    setImmediate(() => {
      const now = performance.now();
      this.#notBeforeMs = now + rest * (now - startedAtMs);
    });
    return this.#table.look?.() ?? this.#table;
  }
}

const all = new WeakMap<ProcessTable, SharedLooks>();

/** The looks of everybody who uses this table. */
export function looksOf(table: ProcessTable): SharedLooks {
  const looks = all.get(table) ?? new SharedLooks(table);
  all.set(table, looks);
  return looks;
}
