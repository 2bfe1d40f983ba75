import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { openDesk } from "../../desk/open-desk.mjs";
import { program } from "../../harness/places.mjs";
import { end } from "../../harness/processes.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";
import { hasKernelTier, launcherWay, nodeWay, stopOf } from "./launches.mjs";

const graceMs = 1_000;
const upLine = /^up (\d+)$/;
const commandOf = (name) => [process.execPath, program(name)];

/** Cooperative stops beside 400 more processes, and the stop of a program that does not end when it is asked to. */
export const stop = {
  name: "stop",
  title: "Stop beside 400 more processes; stop of what does not end by itself, after 1 s of grace",
  rounds: 5,
  limits:
    "A cooperative stop reads in /proc what has begun since the launcher, three times, for what the bot left behind. A stubborn stop is told " +
    "as the time beyond the second that was allowed.",
  figures: {
    "stop beside 400": { unit: "ms", floor: "bare Node", floorFigure: "start" },
    "beyond the grace": { unit: "ms" },
    start: { unit: "ms", floor: "bare Node" },
  },
  targets: [
    ...["collector", "bot, preload tier", "bot, kernel tier"].map((way) => ({
      figure: "stop beside 400",
      way,
      ratio: 0.5,
    })),
    ...["stubborn collector", "stubborn bot, preload tier", "stubborn bot, kernel tier"].map((way) => ({
      figure: "beyond the grace",
      way,
      most: 100,
    })),
  ],
  async open({ size, quiet, peers, atEnd, ...tools }) {
    const hasKernel = hasKernelTier(peers);
    const stubborn = commandOf("stubborn.mjs");
    const desk = await openDesk({
      bots: 1,
      tier: "preload",
      grace: `${graceMs}ms`,
      command: () => commandOf("first-line.mjs"),
      more: () =>
        `collectors: ${JSON.stringify({ funding: { command: commandOf("first-line.mjs") }, stubborn: { command: stubborn } })}`,
    });
    const { stage } = desk;
    atEnd(() => stage.close());
    const supervisors = await openSupervisors(
      { size, quiet, peers, atEnd, ...tools },
      { unit: commandOf("first-line.mjs"), stubborn },
      { graceMs, env: stage.env },
    );
    const crowd = startCrowd(size === "smoke" ? 4 : 400);
    atEnd(() => Promise.all(crowd.map((child) => end(child))));
    const bot = (tier) => ["bot", "--account", "b-1", "--isolation", tier];
    const besides = async (words) => {
      const { stop } = await launcherWay(quiet, stage, words);
      return { "stop beside 400": stop };
    };
    const beyond = async (words) => {
      const { stop } = await launcherWay(quiet, stage, words);
      return { "beyond the grace": stop - graceMs };
    };
    return {
      "bare Node": async () => {
        const { start, stop } = await nodeWay(quiet, [program("first-line.mjs")], stage.env);
        return { start, "stop beside 400": stop };
      },
      collector: () => besides(["collector", "funding"]),
      "bot, preload tier": () => besides(bot("preload")),
      ...(hasKernel ? { "bot, kernel tier": () => besides(bot("kernel")) } : {}),
      "stubborn collector": () => beyond(["collector", "stubborn"]),
      "stubborn bot, preload tier": () => beyond([...bot("preload"), "--", ...stubborn]),
      ...(hasKernel
        ? { "stubborn bot, kernel tier": () => beyond([...bot("kernel"), "--", ...stubborn]) }
        : {}),
      ...Object.fromEntries(
        Object.entries(supervisors).map(([name, supervisor]) => [name, () => stopsOf(quiet, supervisor)]),
      ),
    };
  },
};

function startCrowd(count) {
  return Array.from({ length: count }, () => spawn("sleep", ["3600"], { stdio: "ignore" }));
}

async function stopsOf(quiet, supervisor) {
  const ms = {};
  for (const [unit, stop] of [
    ["unit", supervisor.stop],
    ["stubborn", supervisor.force],
  ]) {
    supervisor.lines.mark();
    const started = supervisor.start(unit);
    const [, pid] = await supervisor.lines.next(upLine);
    await started;
    await delay(1_200);
    ms[unit] = await stopOf(quiet, Number(pid), () => stop(unit));
  }
  return { "stop beside 400": ms.unit, "beyond the grace": ms.stubborn - graceMs };
}
