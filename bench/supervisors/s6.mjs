// s6: one s6-supervise a unit below an s6-svscan.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { end, lineFeed, run } from "../harness/processes.mjs";
import { makeServices, until } from "./services.mjs";

/** s6-svscan over services that are down. */
export async function openS6({ folder, units, graceMs, env }) {
  const places = makeServices(folder, units, { "timeout-kill": `${graceMs}\n` });
  const lines = lineFeed();
  // As many services as there are: it has room for 1000.
  const child = spawn("s6-svscan", [join(folder, "services")], { env, stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.setEncoding("utf8").on("data", lines.push);
  await until(Object.values(places).map((place) => join(place, "supervise/status")));
  const stop = (name) => run("s6-svc", ["-d", places[name]]);
  const each = `for place in "$@"; do s6-svc "$0" "$place"; done`;
  const all = (flag) => run("sh", ["-c", each, flag, ...Object.values(places)]);
  const list = `for place in "$@"; do s6-svstat "$place"; done`;
  return {
    pid: child.pid,
    lines,
    start: (name) => run("s6-svc", ["-u", places[name]]),
    startAll: () => all("-u"),
    stopAll: () => all("-d"),
    stop,
    force: stop,
    list: () => run("sh", ["-c", list, "sh", ...Object.values(places)]),
    close: () => end(child, "SIGTERM"),
  };
}
