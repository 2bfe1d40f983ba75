// pm2 with its daemon running: what a command costs a user who has it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "../harness/peers.mjs";
import { lineFeed, run } from "../harness/processes.mjs";
import { tail } from "./tail.mjs";

/** A daemon of its own that knows no unit yet: a first start reads the file, as a user's does. */
export async function openPm2({ folder, units, graceMs, env: given, settings }) {
  const at = (name) => join(folder, name);
  const env = { ...given, PM2_HOME: at("home") };
  const pm2 = (words) =>
    run(process.execPath, [join(packageFolder("pm2"), "bin/pm2"), ...words], { env, cwd: folder });
  const apps = Object.entries(units).map(([name, command]) => ({
    name,
    ...scriptOf(command),
    cwd: folder,
    kill_timeout: graceMs,
    out_file: at(`${name}.log`),
    error_file: at(`${name}.err`),
    merge_logs: true,
    ...settings,
  }));
  writeFileSync(at("bots.config.json"), JSON.stringify({ apps }));
  await pm2(["ping"]);
  const lines = lineFeed();
  const tails = Object.keys(units).map((name) => tail(at(`${name}.log`), lines.push));
  const start = (name) => pm2(["start", at("bots.config.json"), "--only", name]);
  const stop = (name) => pm2(["stop", name]);
  return {
    pid: Number(readFileSync(at("home/pm2.pid"), "utf8")),
    lines,
    start,
    startAll: () => pm2(["start", at("bots.config.json")]),
    stopAll: () => pm2(["stop", "all"]),
    logOf: (name) => at(`${name}.log`),
    stop,
    restart: (name) => pm2(["restart", name]),
    force: stop,
    list: () => pm2(["ls"]),
    async close() {
      for (const end of tails) end();
      await pm2(["kill"]);
    },
  };
}

// A script of Node runs in its own container, as pm2 does by itself; anything else as it is.
function scriptOf([file, ...args]) {
  return file === process.execPath
    ? { script: args[0], args: args.slice(1) }
    : { script: file, args, interpreter: "none" };
}
