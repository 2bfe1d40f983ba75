import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { RunId } from "../../domain/ids.ts";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import { InternalError } from "../../errors.ts";
import type { ProcessLook, ProcessTable } from "../../ports/process-table.ts";
import { childVariables } from "../../protocol/environment.ts";
import { judgeBy } from "./judge.ts";
import { isLive, isStoppedState, type ProcessStat, parseStat } from "./process-stat.ts";

/** The process table of Linux, read from the mounted proc file system; nothing but who we are is remembered between calls. */
export function createLinuxProcessTable(proc = "/proc"): ProcessTable {
  const startTicks = (pid: number) => liveStat(proc, pid)?.startTicks;
  let known: ProcessIdentity | undefined;
  const self = () => {
    known ??= readSelf(proc);
    return known;
  };
  return {
    self,
    startTicks,
    isStopped: (pid) => isStoppedState(liveStat(proc, pid)?.state ?? ""),
    judge(identity) {
      const verdict = judgeBy(self(), startTicks, identity);
      return verdict === "dead" && isHidden(proc, identity.pid) ? "elsewhere" : verdict;
    },
    program: (pid) => liveStat(proc, pid)?.program,
    ...lookWith(procFiles(proc)),
    look: () => lookWith(readOnce(procFiles(proc))),
  };
}

function liveStat(proc: string, pid: number): ProcessStat | undefined {
  const line = read(`${proc}/${pid}/stat`);
  const stat = line === undefined ? undefined : parseStat(line);
  return stat !== undefined && isLive(stat) ? stat : undefined;
}

// A proc file system mounted with hidepid, as systemd's ProtectProc does, shows other users' processes as if there were none:
// the launcher of a living bot must not be taken for dead by them. Signals know better.
function isHidden(proc: string, pid: number): boolean {
  if (read(`${proc}/${pid}/stat`) !== undefined) return false;
  try {
    process.kill(pid, 0);
    // Not there to be read a moment ago, or not to be read now: nothing is known of it.
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readSelf(proc: string): ProcessIdentity {
  const stat = liveStat(proc, process.pid);
  if (stat === undefined) {
    throw new InternalError(
      "proc-unreadable",
      `${proc}/${process.pid}/stat cannot be read; is /proc mounted?`,
    );
  }
  return {
    host: hostname(),
    machineId: readMachineId(),
    bootId: read(`${proc}/sys/kernel/random/boot_id`)?.trim() ?? "",
    pidNamespace: readPidNamespace(proc),
    pid: process.pid,
    startTicks: stat.startTicks,
  };
}

// Containers often have none: the boot id, random at each boot of a kernel, then tells machines apart alone.
function readMachineId(): string {
  return (read("/etc/machine-id") ?? read("/var/lib/dbus/machine-id") ?? "").trim();
}

function readPidNamespace(proc: string): string {
  const link = readlinkSync(`${proc}/self/ns/pid`);
  return /\d+/.exec(link)?.[0] ?? link;
}

/** What is read of the processes, each by its pid. */
interface ProcFiles {
  readonly pids: () => readonly number[];
  readonly stat: (pid: number) => ProcessStat | undefined;
  /** The run ids that its environment carries. */
  readonly runIds: (pid: number) => ReadonlySet<string>;
  readonly network: (pid: number) => string | undefined;
  /** Its mounts, where it has a file view of its own. */
  readonly ownMounts: (pid: number) => string | undefined;
}

function procFiles(proc: string): ProcFiles {
  let ownView: string | undefined;
  return {
    pids: () => allPids(proc),
    stat: (pid) => liveStat(proc, pid),
    runIds: (pid) => runIdsIn(read(`${proc}/${pid}/environ`) ?? ""),
    network: (pid) => readLink(`${proc}/${pid}/ns/net`),
    ownMounts(pid) {
      ownView ??= readLink(`${proc}/self/ns/mnt`);
      const view = readLink(`${proc}/${pid}/ns/mnt`);
      return view === undefined || view === ownView ? undefined : read(`${proc}/${pid}/mountinfo`);
    },
  };
}

function readOnce({ pids, stat, runIds, network, ownMounts }: ProcFiles): ProcFiles {
  let all: readonly number[] | undefined;
  return {
    pids() {
      all ??= pids();
      return all;
    },
    stat: once(stat),
    runIds: once(runIds),
    network: once(network),
    ownMounts: once(ownMounts),
  };
}

function once<T>(readOf: (pid: number) => T): (pid: number) => T {
  const known = new Map<number, { readonly value: T }>();
  return (pid) => {
    const found = known.get(pid) ?? { value: readOf(pid) };
    known.set(pid, found);
    return found.value;
  };
}

function lookWith(files: ProcFiles): ProcessLook {
  return {
    withRunId: (runId) => files.pids().filter((pid) => isOfRun(files, runId, pid)),
    inGroup: (pgid) => files.pids().filter((pid) => files.stat(pid)?.groupId === pgid),
    inNetwork: (name) =>
      files.pids().filter((pid) => files.network(pid) === name && files.stat(pid) !== undefined),
  };
}

// A program may start others without any environment, in sessions of their own. In the kernel tier they still have the
// run's socket in their file view, which they cannot change.
function isOfRun(files: ProcFiles, runId: RunId, pid: number): boolean {
  if (pid === process.pid) return false;
  const isNamed = files.runIds(pid).has(runId);
  if (!isNamed && files.ownMounts(pid)?.includes(runId) !== true) return false;
  const stat = files.stat(pid);
  // Helpers of this launcher stay in the bot's file view from one start to the next.
  return stat !== undefined && (isNamed || stat.parentPid !== process.pid);
}

function runIdsIn(environment: string): ReadonlySet<string> {
  const name = `\0${childVariables.runId}=`;
  const text = `\0${environment}`;
  const ids = new Set<string>();
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const end = text.indexOf("\0", at + 1);
    if (end >= 0) ids.add(text.slice(at + name.length, end));
  }
  return ids;
}

function allPids(proc: string): readonly number[] {
  return readdirSync(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, "latin1"));
}

function readLink(path: string): string | undefined {
  return unlessGone(() => readlinkSync(path));
}

// A process may end between the listing and the reading, or belong to somebody else: then it is none of ours.
function unlessGone(look: () => string): string | undefined {
  try {
    return look();
  } catch (error) {
    // A limit that this process or host has reached says nothing of who lives: what cannot be read then is not taken for gone.
    if (["EMFILE", "ENFILE", "ENOMEM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    return undefined;
  }
}
