/**
 * Groups of the kernel (cgroups, version 2), one for all processes of a run: nothing leaves its group by forking, by a session or
 * an environment of its own, and all of it is killed at once. They can be made only where this launcher may write to the group that
 * it is in itself: as root, and under `Delegate=yes` of systemd. Elsewhere process group and run id have to do.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import type { RunId } from "../../domain/ids.ts";
import { orNothing, textIn, unescaped } from "../host-files/read-if-there.ts";
import { delegateMemory, isWritten, launchersGroup } from "./delegate-memory.ts";

/** The group of one run. */
export interface RunGroup {
  /**
   * Puts a process into it, with all that it forks from then on; false where the kernel does not let us. Nobody waits for it: the kernel
   * lets all forks of the host drain first, which takes 10 ms and more. What was forked meanwhile is found as without a group.
   */
  add(pid: number): Promise<boolean>;
  /** Its live processes, with those of groups that were made below it. */
  pids(): readonly number[];
  /** Has the kernel end all of them at once when they hold more than so many bytes; false where it does not limit memory here. */
  limitMemory(bytes: number): Promise<boolean>;
  /** How often the kernel ended what was in it for that. */
  memoryEnds(): number;
  /** Kills all of them at once. */
  kill(): void;
  /** Takes it away, if nothing is left in it. */
  remove(): void;
}

const sweptAfterMs = 60_000;
/** Deeper than systemd and containers nest them. */
const deepest = 12;

/** The groups of this host; `proc` tells where they are mounted and which one is ours. */
export function runGroups(proc = "/proc/self") {
  let own: { readonly mount: string; readonly folder: string | undefined } | undefined;
  const place = () => {
    if (own === undefined) {
      own = ownGroup(proc);
      sweep(own.folder);
    }
    return own;
  };
  const beside = (runId: RunId): string | undefined => {
    const { folder } = place();
    const path = folder && join(folder, nameOf(runId));
    return path !== undefined && existsSync(path) ? path : undefined;
  };
  const memory = memoryOf(() => place().folder ?? "");
  const at = (path: string | undefined) => (path === undefined ? undefined : groupAt(path, memory));
  return {
    /** The group of a run that this launcher has made; undefined where it could not. */
    own: (runId: RunId) => at(beside(runId)),
    /** The group that a dead launcher left, wherever it was made. */
    left: (runId: RunId) => at(beside(runId) ?? findBelow(place().mount, nameOf(runId))),
    /** Makes the group of a run, or finds it; undefined where this launcher may make none. */
    open(runId: RunId): RunGroup | undefined {
      const { folder } = place();
      if (folder === undefined) return undefined;
      const path = join(folder, nameOf(runId));
      const isMade = attempt(() => mkdirSync(path)) || existsSync(path);
      // Linux before 5.14 cannot kill a group at once.
      if (isMade && existsSync(join(path, "cgroup.kill"))) return groupAt(path, memory);
      if (isMade) attempt(() => rmdirSync(path));
      return undefined;
    },
  };
}

function nameOf(runId: RunId): string {
  return `launch-${runId}`;
}

// What failed once may work for the next run: a stranger in the launcher's own group may be gone by then.
function memoryOf(folder: () => string) {
  let underWay: Promise<boolean> = Promise.resolve(false);
  return {
    /** Lets the groups of runs limit memory; false where they cannot. */
    delegate(): Promise<boolean> {
      underWay = underWay.then((isDone) => isDone || delegateMemory(folder()));
      return underWay;
    },
    /** Once no process is moved for that any more. */
    settled: () => underWay,
  };
}

function groupAt(path: string, memory: ReturnType<typeof memoryOf>): RunGroup {
  const write = (file: string, text: string) => isWritten(join(path, file), text);
  return {
    async add(pid) {
      // Else it could be taken for a part of the launcher, and moved with it.
      await memory.settled();
      return write("cgroup.procs", `${pid}`);
    },
    async limitMemory(bytes) {
      if (!(await memory.delegate())) return false;
      // What is swapped out counts as well, and half of a bot that was ended is worth nothing.
      await Promise.all([write("memory.swap.max", "0"), write("memory.oom.group", "1")]);
      return write("memory.max", `${Math.floor(bytes)}`);
    },
    memoryEnds: () => endsIn(linesOf(join(path, "memory.events"))),
    pids: () => pidsBelow(path),
    kill: () => void attempt(() => writeFileSync(join(path, "cgroup.kill"), "1")),
    remove: () => removeBelow(path),
  };
}

// `oom` counts what the limit itself made necessary, `oom_kill` also what was ended because the whole host had no memory left.
function endsIn(lines: readonly string[]): number {
  const counts = new Map(lines.map((line) => line.split(" ") as [string, string]));
  return Math.min(Number(counts.get("oom") ?? 0), Number(counts.get("oom_kill") ?? 0));
}

// Of launchers that were killed with their watch. A group is younger until its first process is in it, and none with a process can be removed.
function sweep(folder: string | undefined): void {
  if (folder === undefined) return;
  for (const name of foldersIn(folder).filter((each) => each.startsWith("launch-"))) {
    const path = join(folder, name);
    const madeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeMs > sweptAfterMs) attempt(() => rmdirSync(path));
  }
}

// Where nothing is mounted there is nothing to find either. A container sees only a part of the tree, and what is outside of it has no
// folder here; what is mounted at one place later covers what was there.
function ownGroup(proc: string): { readonly mount: string; readonly folder: string | undefined } {
  const mounts = linesOf(`${proc}/mountinfo`)
    .filter((each) => / - cgroup2 /.test(each))
    .map((line) => line.split(" ").map(unescaped))
    .map(([, , , root = "", mount = ""]) => ({ root, mount }))
    .reverse();
  const path = linesOf(`${proc}/cgroup`)
    .find((each) => each.startsWith("0::"))
    ?.slice("0::".length);
  const [seen] = mounts;
  if (seen === undefined || path === undefined) return { mount: "", folder: undefined };
  const isBelow = ({ root }: typeof seen) => root === "/" || path === root || path.startsWith(`${root}/`);
  const within = path.startsWith("/..") ? undefined : mounts.find(isBelow);
  if (within === undefined) return { mount: seen.mount, folder: undefined };
  const full = join(within.mount, within.root === "/" ? path : path.slice(within.root.length));
  const folder = basename(full) === launchersGroup ? dirname(full) : full;
  return { mount: within.mount, folder: mayWrite(folder) ? folder : undefined };
}

// A process is moved by whoever may write to the group that holds both its old and its new one.
function mayWrite(folder: string): boolean {
  return attempt(() => {
    accessSync(folder, constants.W_OK | constants.X_OK);
    accessSync(join(folder, "cgroup.procs"), constants.W_OK);
  });
}

function pidsBelow(path: string): readonly number[] {
  const own = linesOf(join(path, "cgroup.procs"))
    .map(Number)
    // 0 is a process of another pid namespace.
    .filter((pid) => pid > 0);
  return [...own, ...foldersIn(path).flatMap((name) => pidsBelow(join(path, name)))];
}

function removeBelow(path: string): void {
  for (const name of foldersIn(path)) removeBelow(join(path, name));
  attempt(() => rmdirSync(path));
}

function findBelow(folder: string, wanted: string, depth = 0): string | undefined {
  if (folder === "" || depth > deepest) return undefined;
  const names = foldersIn(folder);
  if (names.includes(wanted)) return join(folder, wanted);
  for (const name of names) {
    const found = findBelow(join(folder, name), wanted, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function foldersIn(path: string): readonly string[] {
  const entries = orNothing(() => readdirSync(path, { withFileTypes: true })) ?? [];
  return entries.flatMap((each) => (each.isDirectory() ? [each.name] : []));
}

function linesOf(path: string): readonly string[] {
  return (textIn(path, "latin1") ?? "").split("\n").filter(Boolean);
}

// Whatever the kernel refuses here is done without.
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
