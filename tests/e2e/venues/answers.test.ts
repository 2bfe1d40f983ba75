import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CountryCode } from "../../../lib/domain/account.ts";
import { eventually } from "../../support/eventually.ts";
import { type AnswerRow, answerRows } from "./answer-rows.ts";
import { groupsOf } from "./clients.ts";
import { type Figure, forAll, printFigures } from "./figures.ts";
import { playRow } from "./play-row.ts";
import { answerAt, exitsOf, type RunningBot, startOn, type VenueStage, venueStage } from "./venue-stage.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const rows = answerRows.filter(({ isShort = false }) => isFull || isShort);
const groups = groupsOf([
  ["fetch", "undici", "https"],
  ["requests", "aiohttp"],
  ["httpx", "websockets"],
  ["okx-fetch", "okx-requests"],
  // Sixty megabytes, which are fetched into the user's cache: not in every run.
  ...(isFull ? [["ccxt"]] : []),
]);

let venues: VenueStage;
/** Run from row to row, on whichever exit the one before has left them. */
const bots = new Map<string, RunningBot>();
const figures: Figure[] = [];

beforeAll(async () => {
  // Nobody is held back, and what several meet at once is no incident here: each bot's row is its own.
  const free = "per_ten_minutes: 1000, per_day: 1000, fleet_share: 1, fleet_window: 1s, venue_least: 1000";
  venues = await venueStage(groups.flat(), `${free}, back_off: 1s, back_off_cap: 1s, told_every: 1s`);
});
afterAll(async () => {
  printFigures("what venues answered", figures);
  await venues.close();
});

describe.each(groups.map((group) => ({ group, clients: group.map(({ name }) => name).join(", ") })))(
  "a bot on $clients",
  ({ group }) => {
    afterAll(() => Promise.all(group.map(({ name }) => end(name))));
    const own = rows.filter(({ venue = "binance" }) => group.some((each) => each.venue === venue));
    test.each(own)("that meets $title $outcome", async (row) => {
      // This client shows no body of a handshake that was refused.
      const suited = group.filter(({ client }) => !(row.needsBody === true && client === "websockets"));
      const isLast = row === own.at(-1);
      await forAll(
        suited.map(({ name }) => name),
        (name) => play(row, name, isLast),
      );
    });
  },
);

async function play(row: AnswerRow, name: string, isLast: boolean): Promise<void> {
  const { country, outcome } = row;
  // A bot that runs would have its exit proven anew.
  if (country !== undefined) await end(name);
  if (country !== undefined) await allowCountries(name, [country as CountryCode]);
  const bot = bots.get(name) ?? (await startOn(venues.stage, name));
  // Until the row has passed nobody builds on what it leaves.
  bots.delete(name);
  try {
    const { next, figure } = await playRow(venues, row, bot);
    figures.push(figure);
    if (isLast) return;
    await answerAt(venues.stage, exitsOf(name), null);
    if (outcome === "stops" || country !== undefined) return;
    await isQuiet(next);
    bots.set(name, next);
  } finally {
    if (!bots.has(name)) await bot.launcher.end();
    if (!isLast) await forgive(name);
    if (country !== undefined) await allowCountries(name, []);
  }
}

async function end(name: string): Promise<void> {
  await bots.get(name)?.launcher.end();
  bots.delete(name);
}

async function allowCountries(name: string, allowedCountries: readonly CountryCode[]): Promise<void> {
  await venues.operator.accounts.edit(name, { allowedCountries });
}

/** The bot tells its launcher what it met once a second: what is under way must not come after the revival. */
async function isQuiet({ launcher }: RunningBot): Promise<void> {
  const after = launcher.stdout.length;
  const served = () => launcher.stdout.slice(after).filter((line) => /^answer [12]/.test(line)).length;
  await eventually(served, (count) => count >= 6, 60_000);
}

/** Takes back what venues hold against a bot's exits. */
async function forgive(name: string): Promise<void> {
  for (const label of exitsOf(name)) {
    const { exitCode, stderr } = await venues.stage.launch(["revive", label]);
    if (exitCode !== 0) expect(stderr).toMatch(/Nothing stood against|has not shown an exit address/);
  }
}
