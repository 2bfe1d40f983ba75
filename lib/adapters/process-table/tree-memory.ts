import type { RunId } from "../../domain/ids.ts";
import { childVariables } from "../../protocol/environment.ts";
import { namesIn, textIn } from "../host-files/read-if-there.ts";

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
  /** By pid and start. */
  #runIds = new Map<string, string | undefined>();

  constructor(proc = "/proc") {
    this.#proc = proc;
  }

  /** In bytes, by the pid of the main process; nothing where /proc is missing or the process is gone. */
  of(runs: readonly MeasuredRun[]): ReadonlyMap<number, number> {
    const processes = readAll(this.#proc);
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
    const environment = textIn(`${this.#proc}/${pid}/environ`, "latin1")?.split("\0");
    return environment?.find((each) => each.startsWith(start))?.slice(start.length);
  }
}

interface Held {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: string;
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

function readAll(proc: string): ReadonlyMap<number, Held> {
  const pids = namesIn(proc).filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((name) => readOne(`${proc}/${name}/stat`) ?? []).map((held) => [held.pid, held]),
  );
}

// Fields 4 (parent), 22 (start) and 24 (resident pages) of proc(5); the name in parentheses may hold blanks.
function readOne(path: string): Held | undefined {
  const line = textIn(path, "latin1");
  if (line === undefined) return undefined;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(line, 10),
    parentPid: Number(fields[1]),
    startTicks: fields[19] ?? "",
    bytes: Number(fields[21]) * pageBytes,
  };
}
