// runit: one runsv a unit below a runsvdir.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { end, lineFeed, run } from "../harness/processes.mjs";
import { makeServices, until } from "./services.mjs";

/** runsvdir over services that are down. */
export async function openRunit({ folder, units, graceMs, env }) {
  const places = makeServices(folder, units);
  const lines = lineFeed();
  const child = spawn("runsvdir", ["-P", join(folder, "services")], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  child.stdout.setEncoding("utf8").on("data", lines.push);
  await until(Object.values(places).map((place) => join(place, "supervise/ok")));
  return {
    pid: child.pid,
    lines,
    start: (name) => run("sv", ["up", places[name]]),
    startAll: () => run("sv", ["up", ...Object.values(places)], { isAnyStatus: true }),
    stopAll: () => run("sv", ["-w", "20", "down", ...Object.values(places)], { isAnyStatus: true }),
    stop: (name) => run("sv", ["down", places[name]]),
    // It alone kills what does not end.
    force: (name) =>
      run("sv", ["-w", String(Math.ceil(graceMs / 1_000)), "force-stop", places[name]], {
        isAnyStatus: true,
      }),
    list: () => run("sv", ["status", ...Object.values(places)], { isAnyStatus: true }),
    async close() {
      await run("sv", ["-w", "20", "exit", ...Object.values(places)], { isAnyStatus: true });
      await end(child, "SIGHUP");
    },
  };
}
