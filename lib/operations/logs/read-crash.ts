import type { LogLine } from "../../domain/logs/log-line.ts";
import type { LogReader } from "../../ports/logs/log-reader.ts";

/** The newest crash of a bot or collector on this host, with the last lines of its process. */
export interface Crash {
  /** As in `LogLine`. */
  readonly at: string;
  readonly path: string;
  readonly lines: readonly LogLine[];
}

/** Reads what was kept of the newest crash; undefined where nothing was, or where it cannot be read. */
export async function readCrash(reader: LogReader, logPath: string): Promise<Crash | undefined> {
  try {
    const newest = (await reader.crashes(logPath)).at(-1);
    return newest && { ...newest, lines: await reader.crashLines(newest.path) };
  } catch {
    // Logs may belong to another user; the rest of an explanation is worth having without them.
    return undefined;
  }
}
