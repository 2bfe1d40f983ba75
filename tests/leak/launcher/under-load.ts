import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { Arrival } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import { eventually } from "../../support/eventually.ts";
import { pause } from "../../support/pause.ts";
import { endInTurn } from "../lab/launcher-stage.ts";
import { expectNothingPast, type Watch, watchStage } from "../lab/launcher-watch.ts";
import type { StageOfTests, StagePart } from "../lab/use-launcher-stage.ts";

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

/** What the stage of these tests needs. */
export const underLoad: StagePart = {
  proxies: Object.fromEntries(
    bots.flatMap((bot) => [
      [bot.first, kindOf(bot, 1)],
      [bot.second, kindOf(bot, 2)],
    ]),
  ),
  accounts: bots.map(({ name, first, second }) => ({ name, labels: [first, second] })),
  bots: ({ addresses }) =>
    bots.map(
      ({ name, tier, mode }) =>
        `  ${name}: { command: ${command}, isolation: ${tier}, on_failover: ${mode}, stop: { grace: 1s }, env: { TARGET: "http://${addresses.targetName}", CHILD: "1" } }`,
    ),
};

const table = createLinuxProcessTable();

/** The tests, for a stage that somebody else opens; the second goes on with the bots of the first. */
export function testUnderLoad(here: StageOfTests): void {
  const launchers = new Map<string, RunningLaunch>();
  const exitsOf = (bot: BotUnderLoad) =>
    [here.proxy(bot.first).exitIp, here.proxy(bot.second).exitIp] as const;
  const firstLoad = () => bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[0]));
  const secondLoad = () => bots.flatMap((bot) => loadFrom(bot, exitsOf(bot)[1]));
  const start = async (bot: BotUnderLoad, label: string): Promise<void> => {
    launchers.set(bot.name, await here.startBot(bot.name, label));
  };
  const running = () => bots.flatMap(({ name }) => launchers.get(name) ?? []);
  afterAll(() => endInTurn(running()));

  test("a bot that makes 50 requests a second goes from its lost exit to its next proven one for good, and nowhere between", async () => {
    const watch = await watchStage(here.stage);
    await Promise.all(bots.map((bot) => start(bot, bot.first)));
    await watch.seen(firstLoad());
    await Promise.all(bots.map((bot) => loseFirst(here, bot)));
    await watch.seen(secondLoad());
    const arrivals = await watch.arrivals();
    expect(bots.map((bot) => [bot.name, ...exitsInOrder(arrivals, bot)])).toEqual(
      bots.map((bot) => [bot.name, ...exitsOf(bot)]),
    );
    await expectNothingPast(watch, { launches: bots.length, exits: bots.flatMap(exitsOf) });
  });

  test("a bot under load is dead when its launcher is killed, its child is cut, and the next launcher takes over on a proven exit", async () => {
    const watch = await watchStage(here.stage);
    const before = running().map(pidsOf);
    expect(before.length).toBe(bots.length);
    await watch.seen(secondLoad());
    for (const launcher of running()) launcher.signal("SIGKILL");
    expect(await Promise.all(running().map(({ ended }) => ended))).toEqual(bots.map(() => 137));
    await gone(before.map(({ pid }) => pid));
    await expectSilence(watch);
    await Promise.all(bots.map((bot) => start(bot, bot.second)));
    await watch.seen(secondLoad());
    await gone(before.map(({ child }) => child));
    await expectNothingPast(watch, { launches: bots.length, exits: bots.map((bot) => exitsOf(bot)[1]) });
  });
}

async function loseFirst(here: StageOfTests, { name, first, loss }: BotUnderLoad): Promise<void> {
  if (loss === "killed") return here.proxy(first).process.kill();
  const { exitCode, stderr } = await here.stage.launch(["demote", name, first]);
  expect(`${exitCode} ${stderr}`).toMatch(/^0/);
}

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
