import type { RunId } from "../domain/ids.ts";
import type { ProcessIdentity } from "../domain/run/lease.ts";

/** Which processes belong together. */
export interface ProcessLook {
  /** Processes whose environment, or in the kernel tier whose file view, carries the run id; this one and its helpers left out. */
  withRunId(runId: RunId): readonly number[];
  /** Live members of a process group. */
  inGroup(pgid: number): readonly number[];
  /** Live processes in a network namespace, named as the kernel does: "net:[4026532281]". */
  inNetwork(name: string): readonly number[];
}

/** All reading of /proc (docs/architecture.md, Processes). */
export interface ProcessTable extends ProcessLook {
  /** This process, with host, machine, boot and pid namespace. */
  self(): ProcessIdentity;
  /** Ticks since boot at which the process started; undefined when there is none (a zombie counts as none). */
  startTicks(pid: number): number | undefined;
  /** Whether the process was stopped (SIGSTOP, Ctrl-Z, a debugger): every signal but SIGCONT and SIGKILL waits until it goes on. */
  isStopped(pid: number): boolean;
  /** Whether the identity is a live process; `elsewhere` when its pid means nothing here (other host, boot or pid namespace) or this user may not see it. */
  judge(identity: ProcessIdentity): "alive" | "dead" | "elsewhere";
  /** The name of its program, as the kernel has it; undefined when there is no such process. */
  program(pid: number): string | undefined;
  /**
   * One look that answers for many runs, where that is cheaper than one for each: it reads nothing twice, and is old soon. At `ours` it
   * looks at what has begun since this process did, so at all that can have come from it; at `all` for what others have left.
   */
  readonly look?: ((which?: "all" | "ours") => ProcessLook) | undefined;
}

/** What decides whether a pid file of the embedded database still means anything. */
export interface ProcessEvidence {
  /** Where a live process works; a zombie counts as none, and `hidden` may be anything. */
  workingFolder(
    pid: number,
  ): { readonly kind: "folder"; readonly path: string } | { readonly kind: "hidden" | "none" };
  /** How many processes are attached to a System V shared memory segment; undefined when that cannot be read. */
  sharedMemoryUsers(segmentId: number): number | undefined;
}
