import type { RunId } from "../../domain/ids.ts";
import { childVariables } from "../../protocol/environment.ts";
import { ourPids } from "./our-pids.ts";
import { listedPids, type ProcReader, procReader } from "./proc-files.ts";

const pageBytes = 4_096;

/** A run whose memory is asked for. */
export interface MeasuredRun {
  readonly runId: RunId;
  /** Its main process. */
  readonly pid: number;
  /** Those that the kernel keeps together with it, where it does. */
  readonly group: readonly number[];
}

/**
 * What runs hold in memory: the main process and its group, what has the run's id in its environment (as what left by a session of
 * its own), and all that descends from these. An environment is read once in the life of a process; each look reads one line of each.
 */
export class RunMemory {
  readonly #proc: string;
  readonly #reader: ProcReader;
  /** By pid and start. */
  #runIds = new Map<string, string | undefined>();

  constructor(proc = "/proc", reader = procReader) {
    this.#proc = proc;
    this.#reader = reader;
  }

  /** In bytes, by the pid of the main process; nothing where /proc is missing or the process is gone. */
  of(runs: readonly MeasuredRun[]): ReadonlyMap<number, number> {
    const processes = this.#ours();
    const named = this.#byRunId([...processes.values()]);
    const children = groupBy([...processes.values()], ({ parentPid }) => parentPid);
    return new Map(
      runs.flatMap(({ runId, pid, group }) => {
        if (!processes.has(pid)) return [];
        const all = new Set<Held>();
        const add = (each: Held): void => {
          if (all.has(each)) return;
          all.add(each);
          for (const child of children.get(each.pid) ?? []) add(child);
        };
        for (const each of [pid, ...group].flatMap((member) => processes.get(member) ?? [])) add(each);
        for (const each of named.get(runId) ?? []) add(each);
        return [[pid, [...all].reduce((total, { bytes }) => total + bytes, 0)] as const];
      }),
    );
  }

  // What is older than this launcher is of none of its runs.
  #ours(): ReadonlyMap<number, Held> {
    const held = new Map<number, Held>();
    const startTicks = (pid: number) => {
      const each = parseHeld(this.#reader.text(`${this.#proc}/${pid}/stat`) ?? "");
      if (each === undefined) return undefined;
      held.set(pid, each);
      return each.startTicks;
    };
    const listed = listedPids(this.#proc, this.#reader);
    const ours = new Set(ourPids(this.#proc, this.#reader).among(listed, startTicks));
    return new Map([...held].filter(([pid]) => ours.has(pid)));
  }

  #byRunId(processes: readonly Held[]): ReadonlyMap<string | undefined, readonly Held[]> {
    const runIds = new Map<string, string | undefined>();
    for (const each of processes) {
      const key = keyOf(each);
      runIds.set(key, this.#runIds.has(key) ? this.#runIds.get(key) : this.#runIdOf(each));
    }
    this.#runIds = runIds;
    return groupBy(processes, (each) => runIds.get(keyOf(each)));
  }

  #runIdOf({ pid }: Held): string | undefined {
    const start = `${childVariables.runId}=`;
    const environment = this.#reader.text(`${this.#proc}/${pid}/environ`)?.split("\0");
    return environment?.find((each) => each.startsWith(start))?.slice(start.length);
  }
}

interface Held {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  readonly bytes: number;
}

function keyOf({ pid, startTicks }: Held): string {
  return `${pid} ${startTicks}`;
}

function groupBy<K>(all: readonly Held[], keyOfOne: (held: Held) => K): ReadonlyMap<K, readonly Held[]> {
  const groups = new Map<K, Held[]>();
  for (const each of all) {
    const group = groups.get(keyOfOne(each));
    if (group === undefined) groups.set(keyOfOne(each), [each]);
    else group.push(each);
  }
  return groups;
}

// Fields 4 (parent), 22 (start) and 24 (resident pages) of proc(5); the name in parentheses may hold blanks.
function parseHeld(line: string): Held | undefined {
  if (line === "") return undefined;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(line, 10),
    parentPid: Number(fields[1]),
    startTicks: Number(fields[19]),
    bytes: Number(fields[21]) * pageBytes,
  };
}
