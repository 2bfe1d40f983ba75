import { readlinkSync } from "node:fs";
import type { ProcessEvidence } from "../../ports/process-table.ts";
import { textIn } from "../host-files/read-if-there.ts";
import { isLive, parseStat } from "./process-stat.ts";

/** Evidence about processes from the proc file system; where there is none, everything is `hidden` and nothing is judged dead. */
export function createProcessEvidence(platform = process.platform, proc = "/proc"): ProcessEvidence {
  if (platform !== "linux") {
    return { workingFolder: () => ({ kind: "hidden" }), sharedMemoryUsers: () => undefined };
  }
  return {
    workingFolder: (pid) => workingFolder(proc, pid),
    sharedMemoryUsers: (segmentId) => sharedMemoryUsers(proc, segmentId),
  };
}

function workingFolder(proc: string, pid: number): ReturnType<ProcessEvidence["workingFolder"]> {
  const line = textIn(`${proc}/${pid}/stat`, "latin1");
  const stat = line === undefined ? undefined : parseStat(line);
  if (stat === undefined || !isLive(stat)) return { kind: "none" };
  try {
    return { kind: "folder", path: readlinkSync(`${proc}/${pid}/cwd`) };
  } catch {
    // Somebody else's process, or one that ended just now: the next look will tell.
    return { kind: "hidden" };
  }
}

function sharedMemoryUsers(proc: string, segmentId: number): number | undefined {
  const table = textIn(`${proc}/sysvipc/shm`, "latin1");
  if (table === undefined) return undefined;
  const [heading = [], ...rows] = table.split("\n").map((line) => line.trim().split(/\s+/));
  const [idColumn, usersColumn] = [heading.indexOf("shmid"), heading.indexOf("nattch")];
  if (idColumn < 0 || usersColumn < 0) return undefined;
  const row = rows.find((fields) => Number(fields[idColumn]) === segmentId);
  return row === undefined ? 0 : Number(row[usersColumn]);
}
