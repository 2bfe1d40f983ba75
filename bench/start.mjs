// What a start, a restart, a stop, `ps` and an idle launcher cost, as ratios to a bare Node in the same round. Each way takes its turn
// in each round and waits for an idle moment first, so that a busy machine slows all alike.
// `node scripts/build.mjs && node bench/start.mjs [--rounds 7] [--against DIR] [--wait 5]`
// --against: the folder of another built clone, measured in the same rounds and compared way by way. --wait: the longest wait in
// seconds for an idle moment. The kernel tier's ways need what the kernel tier needs; `launch doctor` says it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median, rotate } from "./harness/measure.mjs";
import { quietMoments } from "./harness/quiet.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
const program = fileURLToPath(new URL("programs/first-line.mjs", import.meta.url));
const nodeInNode = fileURLToPath(new URL("programs/node-in-node.mjs", import.meta.url));
const fixedRandom = fileURLToPath(new URL("programs/fixed-random.cjs", import.meta.url));
const firstLine = /^(?:\S+ \| )?up \d+$/;
const idleMs = 5_000;
const longestMs = 60_000;

const { values: flags } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    against: { type: "string" },
    wait: { type: "string", default: "5" },
  },
});
const moments = quietMoments(Number(flags.wait) * 1_000);
const builds = [await openBuild("this", here)];
try {
  if (flags.against !== undefined) builds.push(await openBuild("other", resolve(flags.against)));
  const measured = await measureAll(Number(flags.rounds));
  report(measured);
} finally {
  for (const build of builds) await build.stage.close();
}

/** Each build in a world of its own, made by its own test lab. */
async function openBuild(name, root) {
  const { openStage } = await import(`${root}/dist/tests/lab/stage.js`);
  const command = JSON.stringify([process.execPath, program]);
  const stage = await openStage({
    proxies: { "fra-1": "http" },
    bin: `${root}/bin/launch`,
    yaml: () =>
      [`bots: { alice: { command: ${command} } }`, `collectors: { funding: { command: ${command} } }`].join(
        "\n",
      ),
  });
  const build = { name, root, stage };
  try {
    await ok(stage, ["init"]);
    await ok(stage, ["account", "add", "alice"]);
    const { endpoint, user, pass } = stage.proxies.get("fra-1");
    const proxy = ["--proxy-endpoint", endpoint, "--proxy-user", user, "--proxy-pass-stdin"];
    await ok(stage, ["proxy", "add", "fra-1", ...proxy], `${pass}\n`);
    await ok(stage, ["assign", "alice", "fra-1"]);
    return build;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

async function ok(stage, words, input) {
  const result = await stage.launch(words, input === undefined ? {} : { input });
  if (result.exitCode !== 0)
    throw new Error(`launch ${words.join(" ")}: ${result.exitCode} ${result.stderr}`);
}

/** Every figure of every way of every round: { way: { build: [figures] } }. */
async function measureAll(rounds) {
  const ways = [
    ["none", "bare Node", () => nodeWay([program])],
    ["none", "Node that starts a Node", () => nodeWay([nodeInNode])],
    ...builds.flatMap((build) => [
      [build.name, "collector", () => unitWay(build.stage, ["collector", "funding"])],
      [build.name, "bot, preload", () => botWay(build.stage, "preload")],
      [build.name, "bot, kernel", () => botWay(build.stage, "kernel")],
      [build.name, "restart, kernel", () => restartWay(build.stage)],
      [build.name, "ps", () => psWay(build.stage)],
    ]),
  ];
  const results = {};
  for (let round = -1; round < rounds; round += 1) {
    for (const [build, way, work] of rotate(ways, round + 1)) {
      const figures = await work();
      if (round < 0) continue;
      for (const [what, figure] of Object.entries(figures)) {
        const row = `${what} ${way}`.trim();
        results[row] ??= {};
        results[row][build] ??= [];
        results[row][build].push(figure);
      }
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  return results;
}

async function nodeWay(args) {
  await moments.next();
  // The environment of the launchers: a shell's NODE_EXTRA_CA_CERTS alone doubles the start of a Node.
  const [
    {
      stage: { env },
    },
  ] = builds;
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const startMs = performance.now() - startedAt;
  if (!firstLine.test(line)) throw new Error(`another line: ${line}`);
  const cpuMs = cpuOf(child.pid);
  await moments.next();
  const stoppedAt = performance.now();
  child.kill("SIGTERM");
  await gone;
  return { start: startMs, "processor of": cpuMs, stop: performance.now() - stoppedAt };
}

function botWay(stage, tier) {
  return unitWay(stage, ["bot", "--account", "alice", "--isolation", tier], tier === "kernel");
}

/** From the start of the launcher to the first line of its bot, and from SIGTERM to the launcher's end. */
async function unitWay(stage, words, isIdleMeasured = true) {
  await moments.next();
  const startedAt = performance.now();
  const launcher = stage.start(words);
  await launcher.line(firstLine, longestMs);
  const startMs = performance.now() - startedAt;
  const cpuMs = cpuOf(launcher.pid);
  // Stopped only when it has settled: what a start leaves to be done belongs to no stop.
  await delay(isIdleMeasured ? idleMs : 1_000);
  const memory = isIdleMeasured ? { "private MB of": privateMb(launcher.pid) } : {};
  await moments.next();
  const stoppedAt = performance.now();
  launcher.signal("SIGTERM");
  const status = await launcher.ended;
  if (status !== 0) throw new Error(`launch ${words.join(" ")} ended with ${status}`);
  return { start: startMs, "processor of": cpuMs, stop: performance.now() - stoppedAt, ...memory };
}

/** From the end of a bot to the first line of the next one in the kept network, without a wait. */
async function restartWay(stage) {
  const launcher = stage.start(["bot", "--account", "alice", "--isolation", "kernel"], {
    front: ["sh", "-c", 'node=$1; shift; exec "$node" --require "$0" "$@"', fixedRandom],
    env: { BENCH_RANDOM: "0" },
  });
  const [, pid] = /(\d+)$/.exec(await launcher.line(firstLine, longestMs));
  await delay(1_000);
  await moments.next();
  const killedAt = performance.now();
  process.kill(Number(pid), "SIGKILL");
  await launcher.line(new RegExp(`^(?:\\S+ \\| )?up (?!${pid}$)\\d+$`), longestMs);
  const restartMs = performance.now() - killedAt;
  await launcher.end();
  return { "": restartMs };
}

async function psWay(stage) {
  await moments.next();
  const startedAt = performance.now();
  const { exitCode } = await stage.launch(["ps"]);
  if (exitCode !== 0) throw new Error(`launch ps ended with ${exitCode}`);
  return { "": performance.now() - startedAt };
}

/** Processor time in ms that the process itself has used: says more than the clock where others compete. */
function cpuOf(pid) {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const read = (task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
  return tasks.reduce((sum, task) => sum + read(task), 0) / 1e6;
}

function privateMb(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kilobytes = [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+)/gm)].map(([, value]) =>
    Number(value),
  );
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
}

function report(results) {
  const { quiet, busy } = moments.counts;
  console.log(`medians of ${flags.rounds} rounds; ${busy} of ${quiet + busy} waits found no idle moment`);
  console.log(`${"".padEnd(38)}${builds.map(({ name }) => name.padStart(24)).join("")}`);
  const bare = { start: results["start bare Node"].none, processor: results["processor of bare Node"].none };
  for (const [row, byBuild] of inOrder(results)) {
    const kind = row.startsWith("processor") ? "processor" : "start";
    const isMemory = row.startsWith("private");
    const shown = (list) =>
      list === undefined
        ? ""
        : `${median(list).toFixed(1)}${isMemory ? " MB" : ` ms  x${ratioOf(list, bare[kind]).toFixed(2)}`}`;
    const cells = byBuild.none === undefined ? builds.map(({ name }) => byBuild[name]) : [byBuild.none];
    const change =
      builds.length === 2 && byBuild.none === undefined
        ? `   this/other x${ratioOf(byBuild.this, byBuild.other).toFixed(2)}`
        : "";
    console.log(`${row.padEnd(38)}${cells.map((cell) => shown(cell).padStart(24)).join("")}${change}`);
  }
}

/** Rows of one kind together, and in each kind as the first round would have them. */
function inOrder(results) {
  const kinds = ["start", "restart", "stop", "ps", "private", "processor"];
  const wayOrder = ["bare", "Node", "collector", "preload", "kernel"];
  const place = (row) =>
    kinds.findIndex((kind) => row.startsWith(kind)) * 10 + wayOrder.findIndex((way) => row.includes(way));
  return Object.entries(results).sort(([a], [b]) => place(a) - place(b));
}

/** Of two lists of the same rounds. */
function ratioOf(list, base) {
  return median(list.map((value, round) => value / base[round]));
}
