import { statSync } from "node:fs";
import { type PidMoment, pidsBetween } from "./pid-turns.ts";
import type { ProcReader } from "./proc-files.ts";

/** What the kernel calls the pid namespace of the host. In any other one the forks of the host are no count of its own pids. */
const hostPids = "pid:[4026531836]";
/** A fork can have its pid and not be listed yet, but not for so long. */
const listedWithinMs = 60_000;

/**
 * The processes that have begun since this one: all that can have come from it. Whatever is older is read never, or once, however
 * many processes the host has.
 */
export class OurPids {
  readonly #proc: string;
  readonly #reader: ProcReader;
  /** Those that had begun by `#from`; what has begun later is told by its pid. */
  #known: ReadonlySet<number> = new Set();
  #from: PidMoment | undefined;
  /** Takes the place of `#from` once all that had begun by then is listed. */
  #next: { readonly moment: PidMoment; readonly atMs: number } | undefined;
  #isTold: boolean | undefined;

  constructor(proc: string, reader: ProcReader) {
    this.#proc = proc;
    this.#reader = reader;
    this.#from = this.#moment();
  }

  /** Those of the listed processes; `isOurs` is asked of those that may be, and of all where it cannot be told otherwise. */
  among(listed: () => readonly number[], isOurs: (pid: number) => boolean): readonly number[] {
    const all = listed();
    const now = this.#moment();
    const isSince = now && this.#from && pidsBetween(this.#from, now);
    const ours = all.filter(
      (pid) => (isSince === undefined || isSince(pid) || this.#known.has(pid)) && isOurs(pid),
    );
    if (isSince === undefined) [this.#from, this.#next] = [undefined, undefined];
    this.#goOn(now, ours);
    return ours;
  }

  #goOn(now: PidMoment | undefined, ours: readonly number[]): void {
    const atMs = performance.now();
    if (this.#next !== undefined && atMs - this.#next.atMs >= listedWithinMs) {
      [this.#from, this.#next] = [this.#next.moment, undefined];
      this.#known = new Set(ours);
    }
    this.#next ??= now && { moment: now, atMs };
  }

  // The order matters: what is given out in between must lie within, whichever end this becomes.
  #moment(): PidMoment | undefined {
    this.#isTold ??= this.#isToldHere();
    if (!this.#isTold) return undefined;
    const before = this.#last();
    const forks = Number(/^processes (\d+)$/m.exec(this.#reader.text(`${this.#proc}/stat`) ?? "")?.[1]);
    const after = this.#last();
    const end = Number(this.#reader.text(`${this.#proc}/sys/kernel/pid_max`));
    return [before, forks, after, end].every((each) => each > 0) ? { before, forks, after, end } : undefined;
  }

  #last(): number {
    return Number(/ (\d+)\n$/.exec(this.#reader.text(`${this.#proc}/loadavg`) ?? "")?.[1]);
  }

  // Containers may show these files as they like, and where processes of others are hidden one of ours may come to light late.
  #isToldHere(): boolean {
    const deviceOf = (name: string) => statSync(`${this.#proc}/${name}`, { throwIfNoEntry: false })?.dev;
    return (
      this.#reader.link(`${this.#proc}/self/ns/pid`) === hostPids &&
      this.#reader.text(`${this.#proc}/1/stat`) !== undefined &&
      new Set(["self/stat", "loadavg", "stat", "sys/kernel/pid_max"].map(deviceOf)).size === 1
    );
  }
}
