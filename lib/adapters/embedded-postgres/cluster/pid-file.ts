import { linkSync, readFileSync, realpathSync, renameSync, unlinkSync } from "node:fs";
import type { ProcessEvidence } from "../../../ports/process-table.ts";
import { answersToSignals } from "../../host-files/answers-to-signals.ts";
import { textIn } from "../../host-files/read-if-there.ts";

/** The lines of postmaster.pid (and of the socket's lock file, which has no shared memory line) that we use. */
export interface PidFile {
  readonly pid: number;
  readonly sharedMemoryId: number | undefined;
  readonly text: string;
}

/**
 * What a pid file means. `live`: a server of this folder. `gone`: no such process, PostgreSQL removes the file itself.
 * `blocking`: PostgreSQL would refuse to start for ever, because the pid is a zombie's or was reused by another process
 * of the same user, yet nothing of the old server is left. `leaving`: its back ends are. `unknown`: no evidence.
 */
export type PidFileVerdict = "live" | "gone" | "blocking" | "leaving" | "unknown";

/** Reads a pid file; undefined when there is none or its writer has not finished the first line. */
export function readPidFile(path: string): PidFile | undefined {
  return parsePidFile(textIn(path) ?? "");
}

/** The fields of a pid file's text (PostgreSQL's miscadmin.h, LOCK_FILE_LINE_*). */
export function parsePidFile(text: string): PidFile | undefined {
  const lines = text.split("\n");
  // A stand-alone back end writes its pid negative.
  const pid = Math.abs(Number.parseInt(lines[0] ?? "", 10));
  if (!(pid > 0 && pid < 2 ** 31)) return undefined;
  const segment = Number(lines[6]?.trim().split(/\s+/)[1]);
  return { pid, sharedMemoryId: Number.isSafeInteger(segment) ? segment : undefined, text };
}

/** Judges a pid file of the data folder (resolved, without symbolic links) by the evidence. */
export function judgePidFile(file: PidFile, dataFolder: string, evidence: ProcessEvidence): PidFileVerdict {
  const place = evidence.workingFolder(file.pid);
  if (place.kind === "hidden") return "unknown";
  // A server works in its data folder from its first moment to its last, so no other folder can be a server's.
  if (place.kind === "folder" && place.path === dataFolder) return "live";
  if (file.sharedMemoryId !== undefined) {
    const users = evidence.sharedMemoryUsers(file.sharedMemoryId);
    if (users === undefined) return "unknown";
    if (users > 0) return "leaving";
  }
  // A zombie answers too, and so PostgreSQL takes it for a living server.
  return place.kind === "none" && !answersToSignals(file.pid) ? "gone" : "blocking";
}

/** Judges the pid file at `path`; undefined when there is none. */
export function pidFileVerdict(
  path: string,
  dataFolder: string,
  evidence: ProcessEvidence,
): PidFileVerdict | undefined {
  const file = readPidFile(path);
  return file === undefined ? undefined : judgePidFile(file, realpathSync(dataFolder), evidence);
}

/** Removes a pid file that would block PostgreSQL for ever; gives back what the file meant. */
export function clearBlockingPidFile(
  path: string,
  dataFolder: string,
  evidence: ProcessEvidence,
): PidFileVerdict | undefined {
  const file = readPidFile(path);
  const verdict = file && judgePidFile(file, realpathSync(dataFolder), evidence);
  if (file !== undefined && verdict === "blocking") removeUnlessChanged(path, file.text);
  return verdict;
}

// Between judging and removing, another starter may have put a live server's file there: moved aside, compared, put back.
function removeUnlessChanged(path: string, text: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, "utf8") !== text) linkSync(aside, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  }
  try {
    unlinkSync(aside);
  } catch {
    // Another starter moved the file first.
  }
}
