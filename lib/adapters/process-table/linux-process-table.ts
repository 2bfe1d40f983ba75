import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import { InternalError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { judgeBy } from "./judge.ts";
import { ourPids } from "./our-pids.ts";
import { liveStat, type ProcReader, procFiles, procReader } from "./proc-files.ts";
import { lookWith, readOnce } from "./process-look.ts";
import { isStoppedState } from "./process-stat.ts";

/** The process table of Linux, read from the mounted proc file system. */
export function createLinuxProcessTable(proc = "/proc", reader = procReader): ProcessTable {
  const statOf = (pid: number) => liveStat(proc, reader, pid);
  const startTicks = (pid: number) => statOf(pid)?.startTicks;
  let known: ProcessIdentity | undefined;
  const self = () => {
    known ??= readSelf(proc, reader);
    return known;
  };
  const files = procFiles(proc, reader);
  const ours = ourPids(proc, reader);
  const lookAtOurs = () => {
    const once = readOnce(files);
    const pids = () => ours.among(once.pids(), (pid) => once.stat(pid)?.startTicks);
    return lookWith(readOnce({ ...once, pids }));
  };
  return {
    self,
    startTicks,
    isStopped: (pid) => isStoppedState(statOf(pid)?.state ?? ""),
    judge(identity) {
      const verdict = judgeBy(self(), startTicks, identity);
      return verdict === "dead" && isHidden(proc, reader, identity.pid) ? "elsewhere" : verdict;
    },
    program: (pid) => statOf(pid)?.program,
    ...lookWith(files),
    look: (which) => (which === "ours" ? lookAtOurs() : lookWith(readOnce(files))),
  };
}

// A proc file system mounted with hidepid, as systemd's ProtectProc does, shows other users' processes as if there were none:
// the launcher of a living bot must not be taken for dead by them. Signals know better.
function isHidden(proc: string, reader: ProcReader, pid: number): boolean {
  if (reader.text(`${proc}/${pid}/stat`) !== undefined) return false;
  try {
    process.kill(pid, 0);
    // Not there to be read a moment ago, or not to be read now: nothing is known of it.
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readSelf(proc: string, reader: ProcReader): ProcessIdentity {
  const stat = liveStat(proc, reader, process.pid);
  if (stat === undefined) {
    throw new InternalError(
      "proc-unreadable",
      `${proc}/${process.pid}/stat cannot be read; is /proc mounted?`,
    );
  }
  return {
    host: hostname(),
    machineId: readMachineId(reader),
    bootId: reader.text(`${proc}/sys/kernel/random/boot_id`)?.trim() ?? "",
    pidNamespace: readPidNamespace(proc),
    pid: process.pid,
    startTicks: stat.startTicks,
  };
}

// Containers often have none: the boot id, random at each boot of a kernel, then tells machines apart alone.
function readMachineId(reader: ProcReader): string {
  return (reader.text("/etc/machine-id") ?? reader.text("/var/lib/dbus/machine-id") ?? "").trim();
}

function readPidNamespace(proc: string): string {
  const link = readlinkSync(`${proc}/self/ns/pid`);
  return /\d+/.exec(link)?.[0] ?? link;
}
