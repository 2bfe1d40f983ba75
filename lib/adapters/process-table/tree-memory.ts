import { namesIn, textIn } from "../host-files/read-if-there.ts";

const pageBytes = 4_096;

/** What each of these processes holds in memory with all that descends from it, in bytes; nothing where /proc is missing. */
export function memoryOfTrees(roots: readonly number[], proc = "/proc"): ReadonlyMap<number, number> {
  const processes = readAll(proc);
  const children = new Map<number, Held[]>();
  for (const each of processes.values())
    children.set(each.parentPid, [...(children.get(each.parentPid) ?? []), each]);
  const sum = ({ pid, bytes }: Held): number =>
    (children.get(pid) ?? []).reduce((total, child) => total + sum(child), bytes);
  return new Map(
    roots.flatMap((pid) => {
      const root = processes.get(pid);
      return root === undefined ? [] : [[pid, sum(root)] as const];
    }),
  );
}

interface Held {
  readonly pid: number;
  readonly parentPid: number;
  readonly bytes: number;
}

function readAll(proc: string): ReadonlyMap<number, Held> {
  const pids = namesIn(proc).filter((name) => /^\d+$/.test(name));
  return new Map(
    pids.flatMap((name) => readOne(`${proc}/${name}/stat`) ?? []).map((held) => [held.pid, held]),
  );
}

// Fields 4 (parent) and 24 (resident pages) of proc(5); the name in parentheses may hold blanks.
function readOne(path: string): Held | undefined {
  const line = textIn(path, "latin1");
  if (line === undefined) return undefined;
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    pid: Number.parseInt(line, 10),
    parentPid: Number(fields[1]),
    bytes: Number(fields[21]) * pageBytes,
  };
}
