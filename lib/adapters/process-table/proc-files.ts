import { closeSync, openSync, readdirSync, readlinkSync, readSync } from "node:fs";
import { childVariables } from "../../protocol/environment.ts";
import { isLive, type ProcessStat, parseStat } from "./process-stat.ts";

/** How the proc file system is read; what is not there, or is somebody else's, is undefined. */
export interface ProcReader {
  names(folder: string): readonly string[];
  text(path: string): string | undefined;
  link(path: string): string | undefined;
}

// readFileSync takes 64 KiB anew for each of these files, whose size is told as 0.
const room = Buffer.allocUnsafeSlow(16_384);

/** Reads the real files, into one buffer. */
export const procReader: ProcReader = {
  names: (folder) => readdirSync(folder),
  text: (path) => unlessGone(() => readAll(path)),
  link: (path) => unlessGone(() => readlinkSync(path)),
};

function readAll(path: string): string {
  const file = openSync(path, "r");
  try {
    let buffer = room;
    for (let length = 0; ; ) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], length * 2);
      const more = readSync(file, buffer, length, buffer.length - length, null);
      if (more === 0) return buffer.toString("latin1", 0, length);
      length += more;
    }
  } finally {
    closeSync(file);
  }
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

/** What is read of the processes, each by its pid. */
export interface ProcFiles {
  readonly pids: () => readonly number[];
  readonly stat: (pid: number) => ProcessStat | undefined;
  /** The run ids that its environment carries. */
  readonly runIds: (pid: number) => ReadonlySet<string>;
  readonly network: (pid: number) => string | undefined;
  /** Its mounts, where it has a file view of its own. */
  readonly ownMounts: (pid: number) => string | undefined;
}

/** The files of one proc file system. */
export function procFiles(proc: string, reader: ProcReader): ProcFiles {
  let ownView: string | undefined;
  return {
    pids: () => listedPids(proc, reader),
    stat: (pid) => liveStat(proc, reader, pid),
    runIds: (pid) => runIdsIn(reader.text(`${proc}/${pid}/environ`) ?? ""),
    network: (pid) => reader.link(`${proc}/${pid}/ns/net`),
    ownMounts(pid) {
      ownView ??= reader.link(`${proc}/self/ns/mnt`);
      const view = reader.link(`${proc}/${pid}/ns/mnt`);
      return view === undefined || view === ownView ? undefined : reader.text(`${proc}/${pid}/mountinfo`);
    },
  };
}

/** The processes that are listed. */
export function listedPids(proc: string, reader: ProcReader): readonly number[] {
  return reader
    .names(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The line of a process that still runs. */
export function liveStat(proc: string, reader: ProcReader, pid: number): ProcessStat | undefined {
  const line = reader.text(`${proc}/${pid}/stat`);
  const stat = line === undefined ? undefined : parseStat(line);
  return stat !== undefined && isLive(stat) ? stat : undefined;
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
