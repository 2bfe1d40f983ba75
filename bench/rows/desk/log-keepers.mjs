// Other programs that keep what a child writes: pm2 and supervisord as supervisors, svlogd and s6-log behind a pipe.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cpuOf, peakOf } from "../../harness/processes.mjs";
import { until } from "../../supervisors/services.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";

/** Each that is installed: how it keeps the lines of a command in a folder, and what it used meanwhile. */
export function logKeepers(tools) {
  const keepers = {};
  if (tools.peers.has("pm2")) {
    keepers.pm2 = supervised(tools, "pm2", { autorestart: false });
    keepers["pm2 with time"] = supervised(tools, "pm2", { autorestart: false, time: true });
  }
  if (tools.peers.has("supervisord"))
    // Without startsecs it takes what ends at once for a failed start, and starts it again.
    keepers.supervisord = supervised(tools, "supervisord", { autorestart: false, startsecs: 0 });
  if (tools.peers.has("runit"))
    keepers["svlogd with time"] = piped((folder) => {
      writeFileSync(join(folder, "config"), "s0\nn0\n");
      return ["svlogd", "-tt", folder];
    });
  if (tools.peers.has("s6"))
    keepers["s6-log with time"] = piped((folder) => ["s6-log", "t", "n1000", "s200000000", folder]);
  return keepers;
}

function supervised(tools, name, settings) {
  return async ({ command, tookFile }) => {
    const closers = [];
    const own = { ...tools, atEnd: (close) => void closers.push(close) };
    const { [name]: supervisor } = await openSupervisors(own, { unit: command }, { only: [name], settings });
    try {
      const sample = sampler(supervisor.pid);
      await Promise.all([supervisor.start("unit"), until([tookFile])]);
      await settled(supervisor.logOf("unit"));
      return { ...sample.end(), files: [readFileSync(supervisor.logOf("unit"))] };
    } finally {
      for (const close of closers.reverse()) await close();
    }
  };
}

// Through a named pipe: Node would give both of them a socket.
function piped(wordsFor) {
  return async ({ command, folder }) => {
    const kept = join(folder, "kept");
    mkdirSync(kept);
    const pipe = join(folder, "pipe");
    spawnSync("mkfifo", [pipe]);
    const words = wordsFor(kept);
    const keeper = spawn("sh", ["-c", 'exec "$@" <"$0"', pipe, ...words], { stdio: "ignore" });
    const ended = once(keeper, "exit");
    const writer = spawn("sh", ["-c", 'exec "$@" >"$0"', pipe, ...command], { stdio: "ignore" });
    const sample = sampler(keeper.pid);
    await Promise.all([once(writer, "exit"), ended]);
    return { ...sample.end(), folder: kept };
  };
}

/** Processor time and largest memory of a process, looked at until it is over or we are. */
function sampler(pid) {
  const before = cpuOf([pid]);
  let [cpuMs, peakMb] = [before, 0];
  const look = () => {
    cpuMs = Math.max(cpuMs, cpuOf([pid]));
    peakMb = Math.max(peakMb, peakOf(pid));
  };
  const timer = setInterval(look, 20);
  look();
  return {
    end() {
      clearInterval(timer);
      look();
      return { cpuMs: cpuMs - before, peakMb };
    },
  };
}

/** Nothing was added to the file for a while. */
async function settled(path) {
  for (let size = -1; ; ) {
    const next = statSync(path).size;
    if (next === size) return;
    size = next;
    await delay(500);
  }
}
