import type { Writable } from "node:stream";
import type { OutputSink, OutputStream } from "../../ports/spawner.ts";

/** Shows what children write on two streams of this process, unstamped. */
export function passThrough(streams: { readonly stdout: Writable; readonly stderr: Writable }): OutputSink {
  return { stdout: shared(streams.stdout), stderr: shared(streams.stderr) };
}

// One listener however many children wait.
function shared(stream: Writable): OutputStream {
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
