import { openDesk } from "../../desk/open-desk.mjs";
import { bundle } from "../../harness/bundle.mjs";
import { program } from "../../harness/places.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";
import { againWay, hasKernelTier, launcherWay, nodeWay, supervisorWay } from "./launches.mjs";
import { openWarmUp } from "./warm-up.mjs";

const command = [process.execPath, program("first-line.mjs")];
/** Of the wait after a first crash, which is drawn between 0 and 1 s. */
const usualWait = 0.5;
const bare = { floor: "bare Node", floorFigure: "start" };
const bot = (tier) => ["bot", "--account", "b-1", "--isolation", tier];

/** Start, start after SIGKILL, and cooperative stop, of Slipway and of other supervisors. */
export const start = {
  name: "start",
  title: "Start to the child's first line, next start after SIGKILL, cooperative stop",
  rounds: 7,
  limits:
    "A start is one Node for the launcher and one for the child, the loading of our code, and a database connection; a bot's also " +
    "proves its exit, here by two witnesses on loopback. `launch start` is measured from the question on the operator socket of a " +
    "running `launch up`. After a crash a launcher waits for up to 1 s, drawn by chance: here for half a second, which is taken off. It starts " +
    "the next Node during that wait; without a wait it cannot. s6 and supervisord wait about 1 s by design.",
  figures: {
    start: { unit: "ms", floor: "bare Node" },
    "after SIGKILL": { unit: "ms", ...bare },
    stop: { unit: "ms", ...bare },
  },
  targets: [
    { figure: "start", way: "collector", ratio: 2.9 },
    { figure: "start", way: "bot, preload tier", ratio: 3.8 },
    { figure: "start", way: "bot, kernel tier, cold", ratio: 4.2 },
    { figure: "start", way: "unit of a running up, preload tier", ratio: 1.3 },
    { figure: "start", way: "unit of a running up, kernel tier", ratio: 2.2 },
    { figure: "after SIGKILL", way: "bot, preload tier, same launcher", ratio: 1.4 },
    { figure: "after SIGKILL", way: "bot, kernel tier, kept network", ratio: 1.25 },
    ...["collector", "bot, preload tier", "bot, kernel tier, cold"].map((way) => ({
      figure: "stop",
      way,
      ratio: 0.4,
    })),
  ],
  async open({ quiet, peers, atEnd, ...tools }) {
    const hasKernel = hasKernelTier(peers);
    const desk = await openDesk({
      bots: 3,
      tier: "preload",
      command: () => command,
      own: { "b-3": { command, isolation: "kernel" } },
      more: () => `collectors: { funding: { command: ${JSON.stringify(command)} } }`,
    });
    atEnd(() => desk.stage.close());
    const { stage } = desk;
    const up = await openWarmUp(desk, hasKernel ? ["b-2", "b-3"] : ["b-2"]);
    atEnd(() => up.end());
    const floor = await floorLauncher(desk, { atEnd });
    const supervisors = await openSupervisors(
      { quiet, peers, atEnd, ...tools },
      { unit: command },
      { env: stage.env },
    );
    return {
      "bare Node": () => nodeWay(quiet, [program("first-line.mjs")], stage.env),
      "Node that starts a Node": () => nodeWay(quiet, [program("node-in-node.mjs")], stage.env),
      "20-line launcher": () => nodeWay(quiet, floor, stage.env),
      collector: () => launcherWay(quiet, stage, ["collector", "funding"]),
      "bot, preload tier": () => launcherWay(quiet, stage, bot("preload")),
      "bot, preload tier, same launcher": () => againWay(quiet, stage, bot("preload"), usualWait),
      "bot, preload tier, without a wait": () => againWay(quiet, stage, bot("preload"), 0),
      "unit of a running up, preload tier": () => up.start(quiet, "b-2"),
      ...(hasKernel
        ? {
            "bot, kernel tier, cold": () => launcherWay(quiet, stage, bot("kernel")),
            "bot, kernel tier, kept network": () => againWay(quiet, stage, bot("kernel"), usualWait),
            "bot, kernel tier, without a wait": () => againWay(quiet, stage, bot("kernel"), 0),
            "unit of a running up, kernel tier": () => up.start(quiet, "b-3"),
          }
        : {}),
      ...Object.fromEntries(
        Object.entries(supervisors).map(([name, supervisor]) => [
          name === "pm2" ? "pm2, daemon running" : name,
          () => supervisorWay(quiet, supervisor, "unit"),
        ]),
      ),
    };
  },
};

async function floorLauncher({ database }, tools) {
  return [
    program("floor-launcher.mjs"),
    await bundle(tools, "pg"),
    JSON.stringify(await database()),
    ...command,
  ];
}
