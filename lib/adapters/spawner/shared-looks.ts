import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";

/** After a look for many trees come so many times its length without one, and so long for each of them. */
const restPerLook = 3;
const restPerTreeMs = 1;
/** So few trees look as often as they like. */
const fewTrees = 4;

/**
 * Looks at the processes of the host for many trees that end at once. Each tree needs one that begins after it asked; all that
 * wait share it. Fifty that looked for themselves kept the launcher from everything else.
 */
export class SharedLooks {
  readonly #begin: () => ProcessLook;
  #soon: Promise<ProcessLook> | undefined;
  #later: Promise<ProcessLook> | undefined;
  #notBeforeMs = 0;
  #trees = 0;

  constructor(begin: () => ProcessLook) {
    this.#begin = begin;
  }

  /** Ends one tree; many that end beside each other look less often. */
  async during<T>(end: () => Promise<T>): Promise<T> {
    this.#trees += 1;
    try {
      return await end();
    } finally {
      this.#trees -= 1;
    }
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
    this.#later ??= delay(Math.max(1, this.#notBeforeMs - performance.now())).then(() => {
      this.#later = undefined;
      return this.#look();
    });
    return this.#later;
  }

  #look(): ProcessLook {
    const startedAtMs = performance.now();
    const isCrowded = this.#trees > fewTrees;
    // Those who wait read in it before the next turn begins.
    setImmediate(() => {
      const now = performance.now();
      const restMs = Math.max(restPerLook * (now - startedAtMs), restPerTreeMs * this.#trees);
      this.#notBeforeMs = isCrowded ? now + restMs : now;
    });
    return this.#begin();
  }
}

type Which = "all" | "ours";

const shared = new WeakMap<ProcessTable, Readonly<Record<Which, SharedLooks>>>();

/** The looks of everybody who uses this table: at all processes, or at those that can have come from this one. */
export function looksOf(table: ProcessTable, which: Which = "all"): SharedLooks {
  const looksAt = (each: Which) => new SharedLooks(() => table.look?.(each) ?? table);
  const looks = shared.get(table) ?? { all: looksAt("all"), ours: looksAt("ours") };
  shared.set(table, looks);
  return looks[which];
}
