import type { RunId } from "../../domain/ids.ts";
import type { ProcessEnd } from "../spawner.ts";

/** Keeps what processes write. */
export interface LogStore {
  open(plan: LogPlan): ProcessLog;
}

/** The log of a process that is about to be read. */
export interface LogPlan {
  readonly path: string;
  readonly runId: RunId;
  readonly pid: number;
  /** Other runs may write to the same file at the same time. */
  readonly isShared: boolean;
  /** Told once when writing begins to fail, and once when it works again. */
  readonly onTrouble: (message: string) => void;
}

/** What one process writes, line by line; it never rejects, because a full disk must not stop a bot. */
export interface ProcessLog {
  readonly stdout: StreamLog;
  readonly stderr: StreamLog;
  /** Settles when everything taken so far is written. */
  drained(): Promise<void>;
  /** Writes how the process ended and closes the file; gives back where its last lines are kept, if it crashed. */
  close(end: ProcessEnd, isCrash: boolean): Promise<string | undefined>;
}

/** One of the two streams of a process. */
export interface StreamLog {
  /** Takes bytes as they come; false when the caller must wait for `drained`. */
  write(chunk: Buffer): boolean;
  /** No more comes: what was kept back for want of a newline is a line of its own. */
  end(): void;
}
