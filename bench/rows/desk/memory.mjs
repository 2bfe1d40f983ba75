import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDesk } from "../../desk/open-desk.mjs";
import { program, root } from "../../harness/places.mjs";
import { cpuBetween, cpuLook, end, lineFeed, memoryOf, treeOf } from "../../harness/processes.mjs";
import { openSupervisors, ownProcesses } from "../../supervisors/supervisors.mjs";
import { hasKernelTier, launcherWay, nodeWay } from "../starts/launches.mjs";

const command = [process.execPath, program("first-line.mjs")];
const listener = (count) => `receives heartbeats of ${count}`;
const upOf = (count) => `launch up of ${count}`;

/** What launchers hold and use while their bots do nothing, beside their children. */
export const memory = {
  name: "memory",
  title: "Memory of a launcher, and its processor time while nothing happens",
  rounds: 3,
  warmUps: 0,
  limits:
    "Every unit is the same small Node. Told is what the supervisor holds with all helpers of its own, without the units, 15 s after the start: " +
    "until then V8 has collected what only a start needs. In 30 idle s a " +
    "launcher hears a heartbeat of each bot every 5 s, renews its leases, and asks for each exit now and then; the embedded database is apart.",
  figures: {
    "private memory": { unit: "MB" },
    PSS: { unit: "MB" },
    RSS: { unit: "MB" },
    "processor time of 30 idle s": { unit: "ms" },
  },
  targets: [
    ...["collector", "bot, preload tier", "bot, kernel tier"].map((way) => ({
      figure: "private memory",
      way,
      most: 16,
    })),
    { figure: "private memory", way: upOf(100), most: 60 },
    ...[1, 10, 100].map((count) => ({
      figure: "processor time of 30 idle s",
      way: upOf(count),
      ratio: 1.5,
      to: listener(count),
    })),
  ],
  async open(tools) {
    const { size, quiet, peers, atEnd } = tools;
    const isSmoke = size === "smoke";
    const sizes = isSmoke ? [1] : [1, 10, 100];
    const times = isSmoke ? { settleMs: 500, idleMs: 500 } : { settleMs: 15_000, idleMs: 30_000 };
    const hasKernel = hasKernelTier(peers);
    const desk = await openDesk({
      bots: Math.max(...sizes),
      tier: hasKernel ? "kernel" : "preload",
      command: () => command,
      more: () => `collectors: { funding: { command: ${JSON.stringify(command)} } }`,
    });
    atEnd(() => desk.stage.close());
    const foreground = async (words) => {
      const { "private memory": mb } = await launcherWay(quiet, desk.stage, words, {
        idleMs: times.settleMs,
      });
      return { "private memory": mb };
    };
    const bot = (tier) => ["bot", "--account", "b-1", "--isolation", tier];
    return {
      "bare Node": async () => ({
        "private memory": (await nodeWay(quiet, command.slice(1)))["private memory"],
      }),
      collector: () => foreground(["collector", "funding"]),
      "bot, preload tier": () => foreground(bot("preload")),
      ...(hasKernel ? { "bot, kernel tier": () => foreground(bot("kernel")) } : {}),
      ...Object.fromEntries(
        sizes.flatMap((count) => [
          [listener(count), () => listenerWay(count, times)],
          [upOf(count), () => upWay(desk, count, times)],
        ]),
      ),
      ...(await waysOfOthers(tools, sizes, times)),
    };
  },
};

async function upWay({ stage, names }, count, times) {
  const units = names.slice(0, count);
  const launcher = stage.start(["up", ...units]);
  const pids = [];
  for (const name of units) {
    const [, pid] = /up (\d+)$/.exec(await launcher.line(new RegExp(`^${name} +\\| up \\d+$`), 300_000));
    pids.push(Number(pid));
  }
  const figures = await idle({ pid: launcher.pid }, pids, times);
  await launcher.end();
  return figures;
}

/** Bots that say what a launcher's bots say, to a program that only hears it. */
async function listenerWay(count, times) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  const paths = Array.from({ length: count }, (_, n) => join(folder, `${n}.sock`));
  const lines = lineFeed();
  const hears = spawn(process.execPath, [program("hear-heartbeats.mjs"), ...paths], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  hears.stdout.setEncoding("utf8").on("data", lines.push);
  await lines.next(/^up /);
  const bots = paths.map((path) =>
    spawn(command[0], ["--require", `${root}/dist/preload/preload/observe.js`, ...command.slice(1)], {
      env: {
        PATH: process.env.PATH,
        LAUNCH_CONTROL: path,
        LAUNCH_RUN_ID: "00000000-0000-4000-8000-00000000beef",
      },
      stdio: "ignore",
    }),
  );
  const figures = await idle({ pid: hears.pid }, [], times);
  await Promise.all(bots.map((bot) => end(bot)));
  await end(hears);
  rmSync(folder, { recursive: true });
  return figures;
}

async function waysOfOthers(tools, sizes, times) {
  const ways = {};
  for (const count of sizes) {
    const units = Object.fromEntries(Array.from({ length: count }, (_, n) => [`unit-${n}`, command]));
    for (const [name, supervisor] of Object.entries(await openSupervisors(tools, units)))
      ways[`${name} of ${count}`] = () => supervisedWay(supervisor, count, times);
  }
  return ways;
}

async function supervisedWay(supervisor, count, times) {
  const pids = [];
  supervisor.lines.mark();
  const started = supervisor.startAll();
  while (pids.length < count) {
    const [, pid] = await supervisor.lines.next(new RegExp(`^up (?!(?:${pids.join("|")})$)(\\d+)$`));
    pids.push(Number(pid));
  }
  await started;
  const figures = await idle(supervisor, pids, times);
  await supervisor.stopAll();
  return figures;
}

async function idle(supervisor, pids, { settleMs, idleMs }) {
  await delay(settleMs);
  // Looked for anew: helpers come and go.
  const find = () => (pids.length === 0 ? treeOf(supervisor.pid) : ownProcesses(supervisor, pids));
  const before = cpuLook(find());
  await delay(idleMs);
  const own = find();
  const cpu = cpuBetween(before, cpuLook(own));
  const { private: privateMb, pss, rss } = memoryOf(own);
  return { "private memory": privateMb, PSS: pss, RSS: rss, "processor time of 30 idle s": cpu };
}
