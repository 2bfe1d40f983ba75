import { statSync } from "node:fs";
import { type PidMoment, pidsBetween } from "./pid-turns.ts";
import { liveStat, type ProcReader } from "./proc-files.ts";

/** What the kernel calls the pid namespace of the host. In any other one the forks of the host are no count of its own pids. */
const hostPids = "pid:[4026531836]";
/** A fork can have its pid and not be listed yet, but not for so long. */
const listedWithinMs = 60_000;

/**
 * The processes that have begun since this one: all that can have come from it. Whatever is older is read never, or once, however
 * many processes the host has.
 */
class OurPids {
  readonly #proc: string;
  readonly #reader: ProcReader;
  /** Those that had begun by `#from`; what has begun later is told by its pid. */
  #known: ReadonlySet<number> = new Set();
  #from: PidMoment | undefined;
  /** Takes the place of `#from` once all that had begun by then is listed. */
  #next: { readonly moment: PidMoment; readonly atMs: number } | undefined;
  #isTold: boolean | undefined;
  /** When this process began. */
  #start: number | undefined;

  constructor(proc: string, reader: ProcReader) {
    this.#proc = proc;
    this.#reader = reader;
    this.#from = this.#moment();
  }

  /** Those of the listed processes; the start is asked of those that may be, and of all where it cannot be told otherwise. */
  among(listed: readonly number[], startTicks: (pid: number) => number | undefined): readonly number[] {
    this.#start ??= liveStat(this.#proc, this.#reader, process.pid)?.startTicks ?? 0;
    const since = this.#start;
    const now = this.#moment();
    const isSince = now && this.#from && pidsBetween(this.#from, now);
    const mayBe = (pid: number) => isSince === undefined || isSince(pid) || this.#known.has(pid);
    const ours = listed.filter((pid) => mayBe(pid) && (startTicks(pid) ?? -1) >= since);
    if (isSince === undefined) this.#from = undefined;
    this.#goOn(now, ours);
    return ours;
  }

  #goOn(now: PidMoment | undefined, ours: readonly number[]): void {
    const next = this.#next;
    const atMs = performance.now();
    if (now === undefined || (next !== undefined && pidsBetween(next.moment, now) === undefined)) {
      this.#next = undefined;
    } else if (next !== undefined && atMs - next.atMs >= listedWithinMs) {
      [this.#from, this.#known, this.#next] = [next.moment, new Set(ours), undefined];
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

const all = new WeakMap<ProcReader, Map<string, OurPids>>();

/** The same for all who read there: each of their looks spares the others some. */
export function ourPids(proc: string, reader: ProcReader): OurPids {
  const places = all.get(reader) ?? new Map<string, OurPids>();
  all.set(reader, places);
  const ours = places.get(proc) ?? new OurPids(proc, reader);
  places.set(proc, ours);
  return ours;
}
