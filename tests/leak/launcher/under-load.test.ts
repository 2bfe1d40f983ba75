import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { Arrival } from "../../../lib/ports/leaks/leak-lab.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import { eventually } from "../../support/eventually.ts";
import { pause } from "../../support/pause.ts";
import { expectNothingPast, type Watch, watchStage } from "../lab/launcher-watch.ts";
import { useLauncherStage } from "../lab/use-launcher-stage.ts";

interface Case {
  readonly tier: "kernel" | "preload";
  readonly mode: "restart" | "reconnect";
  readonly loss: "killed" | "demoted";
}

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const pairwise: readonly Case[] = [
  { tier: "kernel", mode: "restart", loss: "killed" },
  { tier: "kernel", mode: "reconnect", loss: "demoted" },
  { tier: "preload", mode: "restart", loss: "demoted" },
  { tier: "preload", mode: "reconnect", loss: "killed" },
];
const others = pairwise.map(
  (each) => ({ ...each, loss: each.loss === "killed" ? "demoted" : "killed" }) as const,
);
const bots = (isFull ? [...pairwise, ...others] : pairwise).map((each) => {
  const name = `${each.tier}-${each.mode}-${each.loss}`;
  return { ...each, name, first: `${name}-1`, second: `${name}-2` };
});
type BotUnderLoad = (typeof bots)[number];

const program = fileURLToPath(new URL("../../fixtures/leak/asks-steadily.mjs", import.meta.url));
const command = JSON.stringify([process.execPath, program]);
const kindOf = ({ tier }: BotUnderLoad, place: number) =>
  (tier === "kernel") === (place === 1) ? "http" : "socks5";
const here = useLauncherStage(
  {
    proxies: Object.fromEntries(
      bots.flatMap((bot) => [
        [bot.first, kindOf(bot, 1)],
        [bot.second, kindOf(bot, 2)],
      ]),
    ),
    yaml: ({ addresses }) => [
      "bots:",
      ...bots.map(
        ({ name, tier, mode }) =>
          `  ${name}: { command: ${command}, isolation: ${tier}, on_failover: ${mode}, stop: { grace: 1s }, env: { TARGET: "http://${addresses.targetName}", CHILD: "1" } }`,
      ),
    ],
  },
  bots.map(({ name, first, second }) => ({ name, labels: [first, second] })),
);

const table = createLinuxProcessTable();

describe("a bot that makes 50 requests a second, and a child of it that left its session and its environment", () => {
  const launchers = new Map<string, RunningLaunch>();
  const launcherOf = ({ name }: BotUnderLoad): RunningLaunch => {
    const launcher = launchers.get(name);
    if (launcher === undefined) throw new Error(`${name} was not started`);
    return launcher;
  };
  const exitsOf = ({ first, second }: BotUnderLoad) =>
    [here.proxy(first).exitIp, here.proxy(second).exitIp] as const;
  const start = (label: "first" | "second") =>
    Promise.all(
      bots.map(async (bot) => {
        launchers.set(bot.name, await here.startBot(bot.name, bot[label]));
      }),
    );
  afterAll(() => Promise.all([...launchers.values()].map((launcher) => launcher.end())));

  test("goes from its lost exit to its next proven one for good, and nowhere between", {
    timeout: 120_000,
  }, async () => {
    const watch = await watchStage(here.stage);
    await start("first");
    await watch.seen(bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[0])));
    await Promise.all(bots.map((bot) => lose(bot)));
    await watch.seen(bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[1])));
    const arrivals = await watch.arrivals();
    expect(bots.map((bot) => [bot.name, ...exitsInOrder(arrivals, bot)])).toEqual(
      bots.map((bot) => [bot.name, ...exitsOf(bot)]),
    );
    await expectNothingPast(watch, { launches: bots.length, exits: bots.flatMap(exitsOf) });
  });

  test("is dead or cut when its launcher is killed, and the next launcher takes over on a proven exit", {
    timeout: 120_000,
  }, async () => {
    const watch = await watchStage(here.stage);
    const before = bots.map((bot) => pidsOf(launcherOf(bot)));
    await watch.seen(bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[1])));
    await Promise.all(
      bots.map(async (bot) => {
        launcherOf(bot).signal("SIGKILL");
        expect(await launcherOf(bot).ended).toBe(137);
      }),
    );
    await gone(before.map(({ pid }) => pid));
    await expectSilence(watch);
    await start("second");
    await watch.seen(bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[1])));
    await gone(before.map(({ child }) => child));
    await expectNothingPast(watch, { launches: bots.length, exits: bots.map((bot) => exitsOf(bot)[1]) });
  });

  async function lose({ name, first, loss }: BotUnderLoad): Promise<void> {
    if (loss === "killed") return here.proxy(first).process.kill();
    const { exitCode, stderr } = await here.stage.launch(["demote", name, first]);
    expect(`${exitCode} ${stderr}`).toMatch(/^0/);
  }
});

/** Enough requests of the bot and of its child. */
function loadFrom({ name }: BotUnderLoad, peer: string) {
  return [
    { peer, path: new RegExp(`^/${name}/`), times: 50 },
    { peer, path: new RegExp(`^/${name}-child/`), times: 8 },
  ];
}

/** The addresses that bot and child were seen from, each time that it changed. */
function exitsInOrder(arrivals: readonly Arrival[], { name }: BotUnderLoad): readonly string[] {
  const own = arrivals.filter(
    ({ text }) => text.startsWith(`/${name}/`) || text.startsWith(`/${name}-child/`),
  );
  return own.map(({ peer }) => peer).filter((peer, index) => peer !== own[index - 1]?.peer);
}

/** The newest bot of the launcher, and its child. */
function pidsOf({ stdout }: RunningLaunch): { readonly pid: number; readonly child: number } {
  const last = (word: string) => Number(stdout.findLast((line) => line.startsWith(word))?.split(" ")[1]);
  return { pid: last("pid "), child: last("child ") };
}

async function gone(pids: readonly number[]): Promise<void> {
  expect(pids.every((pid) => pid > 1)).toBe(true);
  await eventually(
    () => pids.filter((pid) => table.startTicks(pid) !== undefined),
    (alive) => alive.length === 0,
  );
}

// What was on its way through a proxy arrives within a moment; from then on the time itself is what is tried.
async function expectSilence(watch: Watch): Promise<void> {
  await pause(200);
  const { length } = await watch.arrivals();
  await pause(800);
  expect((await watch.arrivals()).slice(length)).toEqual([]);
}
