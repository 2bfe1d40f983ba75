import type { Readable } from "node:stream";
import type { StreamLog } from "../../ports/logs/log-store.ts";
import type { OutputStream } from "../../ports/spawner.ts";

export interface ChildOutput {
  /** Settles when the stream has ended, or nothing came for `quietMs` after `stopWaiting`; then the last line is in the log. */
  readonly finished: Promise<void>;
  /** The child is gone: what it wrote is still read, but a descendant that keeps the pipe open is not waited for. */
  stopWaiting(): void;
}

/** What a dead child wrote lies in the pipe already, so a short silence means that all of it was read. */
const quietMs = 250;
/** A descendant that goes on writing, or a reader of ours that is stuck, holds the end up no longer than this. */
const longestDrainMs = 10_000;

/** The log of one stream; `drained` is its whole log's. */
export type OutputLog = StreamLog & { drained(): Promise<void> };

/** Reads one stream of a child into the launcher's own stream and into the log, no faster than both take it. */
export function readOutput(source: Readable, through: OutputStream, log: OutputLog | undefined): ChildOutput {
  const done = withResolvers();
  let isPaused = false;
  let quiet: NodeJS.Timeout | undefined;
  let limit: NodeJS.Timeout | undefined;

  const finish = () => {
    clearTimeout(quiet);
    clearTimeout(limit);
    source.off("data", take);
    source.destroy();
    log?.end();
    through.ended?.();
    done.resolve();
  };
  const restartQuiet = () => {
    clearTimeout(quiet);
    if (limit !== undefined && !isPaused) quiet = setTimeout(finish, quietMs);
  };
  const take = (chunk: Buffer) => {
    const isLogReady = log?.write(chunk) ?? true;
    const isThroughReady = through.write(chunk);
    if (!isLogReady || !isThroughReady) void holdUntilDrained();
    restartQuiet();
  };
  const holdUntilDrained = async () => {
    isPaused = true;
    source.pause();
    await Promise.all([log?.drained(), through.drained()]);
    isPaused = false;
    source.resume();
    restartQuiet();
  };
  source.on("data", take);
  source.once("close", finish);
  // A broken pipe of the child's ends its output like any other end.
  source.on("error", () => source.destroy());
  return {
    finished: done.promise,
    stopWaiting: () => {
      limit ??= setTimeout(finish, longestDrainMs);
      restartQuiet();
    },
  };
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
