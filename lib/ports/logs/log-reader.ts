import type { LogLine } from "../../domain/logs/log-line.ts";

/** Reads logs, also while others write to them. */
export interface LogReader {
  /** Whether anything of this log is there, the present file or an older one. */
  has(path: string): Promise<boolean>;
  open(path: string, from: LogStart): Promise<LogSource>;
  /** The last lines of the processes that crashed, the newest last. */
  crashes(path: string): Promise<readonly CrashLines[]>;
  crashLines(path: CrashLines["path"]): Promise<readonly LogLine[]>;
}

/** Where reading begins. */
export interface LogStart {
  /** At most so many of the last lines; undefined is all. Lines of the launcher are not counted. */
  readonly lines: number | undefined;
  /** Only lines from this time on, as in `LogLine`. */
  readonly since: string | undefined;
}

/** Reads one log from its start to its present end, and on from there when asked again. */
export interface LogSource {
  /** Some more lines in the order of the log; none when there are no more for now. */
  next(): Promise<readonly LogLine[]>;
  close(): Promise<void>;
}

/** Where the last lines of a process that crashed are kept. */
export interface CrashLines {
  readonly path: string;
  /** When it crashed, as in `LogLine`. */
  readonly at: string;
}
