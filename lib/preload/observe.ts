// The observation preload: tells the launcher over bot.sock that this process lives, and reads witnesses for it with the
// bot's own stack. It never keeps the bot alive, never writes to its streams, and fails in silence: a bot without a
// launcher runs as if this file were not there.
import { isMainThread } from "node:worker_threads";
import { waitForLauncher } from "./hold/wait-for-launcher.ts";
import { startObserving } from "./observe/channel.ts";

if (isMainThread) waitForLauncher(process.env);

if (isMainThread && process.env["LAUNCH_CONTROL"] !== undefined) {
  startObserving({
    path: process.env["LAUNCH_CONTROL"],
    runId: process.env["LAUNCH_RUN_ID"] ?? "",
    isOff: process.env["LAUNCH_OBSERVE"] === "off",
    tunnel: tunnelMark(),
  });
}

function tunnelMark(): string | undefined {
  return (globalThis as Record<symbol, string | undefined>)[Symbol.for("slipway.tunnel")];
}
