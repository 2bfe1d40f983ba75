import type { Writable } from "node:stream";

/** The launcher's own stdout or stderr as many children write to it. */
export interface PassThrough {
  /** Writes the bytes as they are; false when the caller must wait for `drained`. A reader that went away takes nothing more and holds nobody up. */
  write(chunk: Buffer): boolean;
  drained(): Promise<void>;
}

/** Shares one stream among children, with one listener however many wait. */
export function createPassThrough(stream: Writable): PassThrough {
  let isGone = false;
  let wakers: (() => void)[] = [];
  const wake = () => {
    for (const waker of wakers.splice(0)) waker();
  };
  const leave = () => {
    isGone = true;
    wake();
  };
  stream.on("drain", wake);
  // `launch bot | head`: the bot runs on and is logged on, although nobody reads along.
  stream.on("error", leave);
  stream.on("close", leave);
  return {
    write: (chunk) => isGone || stream.destroyed || stream.write(chunk),
    drained: () =>
      isGone || !stream.writableNeedDrain
        ? Promise.resolve()
        : new Promise((resolve) => {
            wakers = [...wakers, resolve];
          }),
  };
}
