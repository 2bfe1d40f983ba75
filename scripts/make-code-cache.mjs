// Makes V8's code cache of the built program for this Node: runs it on a small world of its own, so that the cache has what a start, a
// stop and the daily commands run, and nothing else. Without it `launch` works the same and starts more slowly.
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openStage } from "../dist/tests/lab/stage.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program =
  'process.on("SIGTERM", () => process.exit(0)); console.log("up", process.pid); setInterval(() => {}, 60_000);';
const command = JSON.stringify([process.execPath, "--eval", program]);
/** Long enough for the first heartbeats and renewals. */
const settleMs = 1_500;

const stage = await openStage({
  proxies: { "fra-1": "http" },
  bin: join(root, "scripts/record-launch.cjs"),
  yaml: () => `bots: { alice: { command: ${command} } }\ncollectors: { funding: { command: ${command} } }`,
});
try {
  await commands();
  await launcher(["collector", "funding"]);
  await launcher(["bot", "--account", "alice", "--isolation", "env"]);
  await launcher(["bot", "--account", "alice"]);
  await launcher(["up", "--quiet"]);
} finally {
  await stage.close();
}

async function commands() {
  const { endpoint, user, pass } = stage.proxies.get("fra-1");
  await stage.launch(["init"]);
  await stage.launch(["account", "add", "alice"]);
  const proxy = ["--proxy-endpoint", endpoint, "--proxy-user", user, "--proxy-pass-stdin"];
  await stage.launch(["proxy", "add", "fra-1", ...proxy], { input: `${pass}\n` });
  await stage.launch(["assign", "alice", "fra-1"]);
  for (const words of [["--version"], ["--help"], ["account", "ls"], ["proxy", "ls"], ["events"], ["ps"]])
    await stage.launch(words);
}

/** Runs a launcher until its unit is up, looks at it from outside, and stops it. */
async function launcher(words) {
  const running = stage.start(words);
  await running.line(/\bup \d+$/);
  await delay(settleMs);
  for (const look of [["ps"], ["status", "--all"]]) await stage.launch(look);
  running.signal("SIGTERM");
  await running.ended;
}
