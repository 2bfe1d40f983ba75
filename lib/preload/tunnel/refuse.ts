import fs from "node:fs";

/** Ends the process (a worker: its thread) with 78 and one sentence on stderr, written past the event loop. */
export function refuseToRun(why: string): never {
  try {
    fs.writeSync(
      2,
      `slipway: this program was not started, because its traffic could not be kept on the proxy: ${why}.\n`,
    );
  } catch {
    // Without a stderr the status says enough.
  }
  process.exit(78);
}
