import { createLogTarget, type LogTargetOptions } from "./log-target.ts";

const highWaterBytes = 1024 * 1024;

/** A log that writes in the order given and keeps a bounded queue. */
export function openLogFile(options: LogTargetOptions) {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  const target = createLogTarget(options);

  const writeAll = async () => {
    while (waiting.length > 0) {
      const [first, ...others] = waiting;
      const batch = first !== undefined && others.length === 0 ? first : Buffer.concat(waiting);
      waiting = [];
      await target.append(batch);
      waitingBytes -= batch.length;
    }
    writing = undefined;
  };
  return {
    /** Takes whole lines; false when more than the high-water mark waits to be written. */
    write(lines: Buffer): boolean {
      if (lines.length > 0) {
        waiting.push(lines);
        waitingBytes += lines.length;
        writing ??= writeAll();
      }
      return waitingBytes < highWaterBytes;
    },
    /** Settles when everything taken so far is written. */
    drained: () => writing ?? Promise.resolve(),
    async close(): Promise<void> {
      while (writing !== undefined) await writing;
      await target.close();
    },
  };
}
