import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from "node:fs";

const rotateAtBytes = 8 * 1024 * 1024;

/**
 * Opens the server's log for appending, for this user alone. The descriptor is handed to the server, whose own user need
 * not be able to write in the state folder.
 */
export function openLog(path: string): number {
  rotateLog(path);
  return openSync(path, "a", 0o600);
}

/** Copies a log of more than 8 MiB to `.1` and empties it; a running server goes on appending to the same file. */
export function rotateLog(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size < rotateAtBytes) return;
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
}

/** The last lines of the log, for an error message; empty when there is none. */
export function logTail(path: string, lineCount = 8): string {
  const bytes = 4096;
  try {
    const file = openSync(path, "r");
    const size = fstatSync(file).size;
    const buffer = Buffer.alloc(Math.min(bytes, size));
    readSync(file, buffer, 0, buffer.length, size - buffer.length);
    closeSync(file);
    return buffer.toString("utf8").trimEnd().split("\n").slice(-lineCount).join("\n");
  } catch {
    return "";
  }
}
