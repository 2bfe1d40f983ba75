// Processes as a bench sees them: their lines, their end, their memory and their processor time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Lines as they come; `next` waits for one that fits among those since the last `mark`. */
export function lineFeed() {
  let rest = "";
  let lines = [];
  let look = () => {};
  return {
    push: (text) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop();
      lines.push(...parts);
      look();
    },
    mark: () => {
      lines = [];
    },
    next: (pattern, withinMs = 60_000) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`no line ${pattern} within ${withinMs} ms: ${lines.slice(-5).join(" | ")}`)),
          withinMs,
        );
        look = () => {
          const found = lines.find((line) => pattern.test(line));
          if (found === undefined) return;
          look = () => {};
          clearTimeout(late);
          resolve(pattern.exec(found));
        };
        look();
      }),
  };
}

/** Runs a program to its end; rejects unless it ends with 0. */
export async function run(file, words, { env = process.env, cwd, isAnyStatus = false } = {}) {
  const child = spawn(file, words, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, "close");
  if (status !== 0 && !isAnyStatus)
    throw new Error(`${file} ${words.join(" ")}: ${status} ${stderr}${stdout}`);
  return stdout;
}

/** Waits until a process is gone, or a zombie that only waits to be collected. */
export async function gone(pid, withinMs = 60_000) {
  const deadline = performance.now() + withinMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} is still there after ${withinMs} ms`);
    await delay(1);
  }
}

/** Ends what we started, by SIGKILL after a while. */
export async function end(child, signal = "SIGTERM", graceMs = 10_000) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await ended;
  clearTimeout(late);
}

/** The process and all below it. */
export function treeOf(pid) {
  const children = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(name)?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [];
  const queue = [pid];
  while (queue.length > 0) {
    const next = queue.shift();
    all.push(next);
    queue.push(...(children.get(next) ?? []));
  }
  return all;
}

/** MB of the processes together; what has ended counts nothing. */
export function memoryOf(pids) {
  const all = pids.map(rollup);
  const sum = (name) => all.reduce((total, each) => total + (each[name] ?? 0), 0) / 1024;
  return { private: sum("Private_Clean") + sum("Private_Dirty"), rss: sum("Rss"), pss: sum("Pss") };
}

/** MB that the process held at most since it began; unlike getrusage(2) without what its parent held when it started it. */
export function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** Processor time in ms that the processes have used so far; children that they have collected are left out. */
export function cpuOf(pids) {
  return pids.reduce((sum, pid) => sum + cpuOfOne(pid), 0);
}

/** What processes have used so far, for `cpuBetween`: each thread that lives, and to 10 ms what they have collected of children that ended. */
export function cpuLook(pids) {
  const threads = pids.flatMap((pid) => cpuOfThreads(pid));
  const ticks = pids
    .map(statOf)
    .map((stat) => (stat === undefined ? 0 : Number(stat[13]) + Number(stat[14])));
  return { threads: new Map(threads), collectedMs: ticks.reduce((sum, each) => sum + each, 0) * 10 };
}

/**
 * Processor time in ms between two looks at a tree, with the helpers that began or ended between them: whoever collects a process
 * gets all its time, so that what it had used before is taken off. A thread that ended in a process that lives on is left out, and
 * what units used that ended meanwhile would be in it.
 */
export function cpuBetween(before, after) {
  let [lived, gone] = [0, 0];
  const pids = new Set([...after.threads.keys()].map(pidOf));
  for (const [thread, ms] of after.threads) lived += ms - (before.threads.get(thread) ?? 0);
  for (const [thread, ms] of before.threads) if (!pids.has(pidOf(thread))) gone += ms;
  return lived + Math.max(0, after.collectedMs - before.collectedMs - gone);
}

/** The same as `cpuOf` to 10 ms, with the threads that have ended. */
export function wholeCpuOf(pids) {
  const ticks = pids
    .map(statOf)
    .map((stat) => (stat === undefined ? 0 : Number(stat[11]) + Number(stat[12])));
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}

function cpuOfOne(pid) {
  return cpuOfThreads(pid).reduce((sum, [, ms]) => sum + ms, 0);
}

// Each thread as `pid/tid` with its ms; none of a process that is gone.
function cpuOfThreads(pid) {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const read = (task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    return tasks.map((task) => [`${pid}/${task}`, read(task) / 1e6]);
  } catch {
    return [];
  }
}

function pidOf(thread) {
  return thread.split("/")[0];
}

function rollup(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    return Object.fromEntries(
      [...text.matchAll(/^(\w+): +(\d+) kB/gm)].map(([, name, kb]) => [name, Number(kb)]),
    );
  } catch {
    return {};
  }
}

function isAlive(pid) {
  const stat = statOf(pid);
  return stat !== undefined && stat[0] !== "Z";
}

// What follows the name, which may hold anything.
function statOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1).split(" ");
  } catch {
    return undefined;
  }
}
