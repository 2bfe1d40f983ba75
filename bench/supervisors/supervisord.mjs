// supervisord, which writes what its programs print to files.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { end, lineFeed, run } from "../harness/processes.mjs";
import { until } from "./services.mjs";
import { tail } from "./tail.mjs";

/** supervisord with programs that wait to be started. */
export async function openSupervisord({ folder, units, graceMs, env, settings }) {
  const at = (name) => join(folder, name);
  const programs = Object.entries(units).map(
    ([name, command]) => `[program:${name}]
command=${command
      .map((word) => `"${word}"`)
      .join(" ")
      .replaceAll("%", "%%")}
autostart=false
autorestart=${settings.autorestart ?? true}
startsecs=${settings.startsecs ?? 1}
stopwaitsecs=${Math.ceil(graceMs / 1_000)}
stdout_logfile=${at(`${name}.log`)}
stdout_logfile_maxbytes=0
redirect_stderr=true`,
  );
  writeFileSync(
    at("supervisord.conf"),
    `[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile=${at("pid")}
childlogdir=${folder}
[unix_http_server]
file=${at("ctl.sock")}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${at("ctl.sock")}
${programs.join("\n")}
`,
  );
  const child = spawn("supervisord", ["-c", at("supervisord.conf")], { cwd: folder, env, stdio: "ignore" });
  await until([at("ctl.sock")]);
  const ctl = (words) =>
    run("supervisorctl", ["-c", at("supervisord.conf"), ...words], { isAnyStatus: true });
  const lines = lineFeed();
  const tails = Object.keys(units).map((name) => tail(at(`${name}.log`), lines.push));
  return {
    pid: child.pid,
    lines,
    start: (name) => ctl(["start", name]),
    startAll: () => ctl(["start", "all"]),
    stopAll: () => ctl(["stop", "all"]),
    logOf: (name) => at(`${name}.log`),
    stop: (name) => ctl(["stop", name]),
    force: (name) => ctl(["stop", name]),
    list: () => ctl(["status"]),
    async close() {
      for (const stop of tails) stop();
      await end(child, "SIGTERM", 60_000);
    },
  };
}
