// How Slipway's own starts and stops are timed, and what they are compared with: bare Nodes and the supervisors.
import { spawn, spawnSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { built, program } from "../../harness/places.mjs";
import { gone, lineFeed, memoryOf } from "../../harness/processes.mjs";

const firstLine = /^(?:\S+ +\| )?up (\d+)$/;
// What a start leaves to be done belongs to no stop; runit and s6 hold what ran for less than a second.
const settledMs = 1_500;

/** Whether bots can be put into networks of their own here; else that tier's ways are skipped. */
export function hasKernelTier(peers) {
  const has = spawnSync("unshare", ["-n", "true"]).status === 0;
  if (!has) peers.skip("kernel tier", "needs root; launch doctor says what is missing");
  return has;
}

/** From the start of a program to its first line, and from SIGTERM to its end; in the environment of what it is compared with. */
export async function nodeWay(quiet, args, env = { PATH: process.env.PATH }) {
  await quiet();
  const lines = lineFeed();
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8").on("data", lines.push);
  await lines.next(firstLine);
  const start = performance.now() - startedAt;
  await delay(settledMs);
  const memory = memoryOf([child.pid]).private;
  await quiet();
  const stoppedAt = performance.now();
  child.kill("SIGTERM");
  await gone(child.pid);
  return { start, stop: performance.now() - stoppedAt, "private memory": memory };
}

/** The same of a launcher in the foreground, whose child prints the line. */
export async function launcherWay(quiet, stage, words, { idleMs = settledMs } = {}) {
  await quiet();
  const startedAt = performance.now();
  const launcher = stage.start(words);
  await launcher.line(firstLine);
  const start = performance.now() - startedAt;
  await delay(idleMs);
  const memory = memoryOf([launcher.pid]).private;
  await quiet();
  const stoppedAt = performance.now();
  launcher.signal("SIGTERM");
  const status = await launcher.ended;
  if (status !== 0) throw new Error(`launch ${words.join(" ")} ended with ${status}`);
  return { start, stop: performance.now() - stoppedAt, "private memory": memory };
}

/**
 * From the SIGKILL of a bot to the first line of the next one, without the wait between them: none where `random01` is 0, else that part of
 * the longest first wait.
 */
export async function againWay(quiet, stage, words, random01) {
  const waitMs = await firstWaitMs(random01);
  // Not by NODE_OPTIONS: with an operator's own no Node is started ahead.
  const front = ["sh", "-c", 'node=$1; shift; exec "$node" --require "$0" "$@"', program("fixed-random.cjs")];
  const launcher = stage.start(words, { front, env: { BENCH_RANDOM: String(random01) } });
  const [, pid] = firstLine.exec(await launcher.line(firstLine));
  await delay(settledMs);
  await quiet();
  const killedAt = performance.now();
  process.kill(Number(pid), "SIGKILL");
  await launcher.line(new RegExp(`^(?:\\S+ +\\| )?up (?!${pid}$)\\d+$`));
  const again = performance.now() - killedAt - waitMs;
  await launcher.end();
  return { "after SIGKILL": again };
}

async function firstWaitMs(random01) {
  const { freshBudget, planRestart, restartLimits } = await built("lib/policy/restart.js");
  return planRestart(freshBudget, { nowMs: 0, ranMs: settledMs, random01 }, restartLimits.crash).delayMs;
}

/** A supervisor that runs already: its start command to the first line, SIGKILL to the next, its stop command to the child's end. */
export async function supervisorWay(quiet, supervisor, name) {
  const { lines } = supervisor;
  await quiet();
  lines.mark();
  const startedAt = performance.now();
  const started = supervisor.start(name);
  const [, pid] = await lines.next(firstLine);
  const start = performance.now() - startedAt;
  await started;
  await delay(settledMs);
  await quiet();
  lines.mark();
  const killedAt = performance.now();
  process.kill(Number(pid), "SIGKILL");
  const [, next] = await lines.next(firstLine);
  const again = performance.now() - killedAt;
  await delay(settledMs);
  return {
    start,
    "after SIGKILL": again,
    stop: await stopOf(quiet, Number(next), () => supervisor.stop(name)),
  };
}

/** From the command to the end of the process. */
export async function stopOf(quiet, pid, stop) {
  await quiet();
  const stoppedAt = performance.now();
  const stopped = stop();
  await gone(pid);
  const ms = performance.now() - stoppedAt;
  await stopped;
  return ms;
}
