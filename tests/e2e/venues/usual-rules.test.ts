import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ok, proxyOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { forAll } from "./figures.ts";
import {
  answerAt,
  eventOf,
  exitsOf,
  moved,
  printed,
  type RunningBot,
  said,
  startOn,
  stayed,
  type VenueStage,
  venueStage,
  visitsOf,
} from "./venue-stage.ts";

const names = ["alice", "bob", "carol"];
const hours2 = { status: 418, headers: { "retry-after": "7200" } };

let venues: VenueStage;
const running: RunningBot[] = [];

beforeAll(async () => {
  venues = await venueStage(
    [
      { name: "alice", client: "fetch", venue: "binance", exits: 3 },
      { name: "bob", client: "requests", venue: "binance" },
      { name: "carol", client: "fetch", venue: "binance" },
    ],
    "incident_hold: 1s",
  );
});
afterEach(async () => {
  await venues.stage.venue.order({ do: "answer", answer: null });
  await Promise.all(running.splice(0).map(({ launcher }) => launcher.end()));
});
afterAll(() => venues.close());

async function start(name: string): Promise<RunningBot> {
  const bot = await startOn(venues.stage, name);
  running.push(bot);
  return bot;
}

test("a venue that refuses everybody moves nobody, and says that it is the venue", async () => {
  const { stage } = venues;
  const bots = await Promise.all(names.map(start));
  const [from, sinceMs] = [stage.venue.entries.length, Date.now()];
  const page = "<html><title>ERROR: The request could not be satisfied</title></html>";
  await stage.venue.order({
    do: "answer",
    answer: { status: 403, headers: { "content-type": "text/html" }, body: page },
  });
  const event = await eventOf(venues, undefined, /^incident\.opened: .*accounts at binance fail/, sinceMs);
  const why = (await ok(stage, ["why", "bob"])).replaceAll(/\s+/g, " ");
  expect(why).toMatch(/bob runs\..*The venue binance has one .*so nobody moves/);
  await forAll(names, async (name) => {
    const bot = bots.find((each) => each.name === name) as RunningBot;
    await printed(bot, 0, /^answer 403/);
    await stayed(stage, bot, from);
  });
  await stage.venue.order({ do: "answer", answer: null });
  await forAll(names, async (name) => {
    const bot = bots.find((each) => each.name === name) as RunningBot;
    await printed(bot, bot.launcher.stdout.length, /^answer 200/);
    await stayed(stage, bot, from);
    expect(bot.launcher.stderr.join("\n")).not.toContain("leaves");
  });
  process.stdout.write(
    `\na venue that refuses everybody: the incident was opened after ${event.at - sinceMs} ms: ${event.message}\n`,
  );
});

test("a bot that is banned moves while a limited one stays; with its budget spent it is stopped and told until when, and goes on when an operator says so", async () => {
  const { stage, operator } = venues;
  const [alice, bob] = await Promise.all([start("alice"), start("bob")]);
  const [from, sinceMs] = [stage.venue.entries.length, Date.now()];
  await answerAt(stage, [bob.label], { status: 429, headers: { "retry-after": "30" } });
  await answerAt(stage, [alice.label], hours2);
  const { next } = await moved(stage, alice, from);
  // A rate limit of another one moves nobody.
  await eventOf(venues, "bob", /^reputation\.limited: /, sinceMs);
  await stayed(stage, bob, from);
  const spoken = next.launcher.stderr.length;
  await answerAt(stage, [next.label], hours2);
  await said(next, spoken, /holds, nothing runs: waits until \d\d:\d\d: .*1 .*10 min/);
  const held = stage.venue.entries.length;
  const why = await eventually(
    async () => (await ok(stage, ["why", "alice"])).replaceAll(/\s+/g, " "),
    (text) => /^alice is stopped and waits until .* \(\d+ min( \d+ s)?\)\./.test(text),
    10_000,
    500,
  );
  expect(why).toMatch(/Planned switches: 1 of 1 in 10 min, .*The next one is allowed in \d+ min/);
  expect(visitsOf(stage, "alice", held)).toEqual([]);
  await operator.runs.ask({ kind: "bot", name: "alice" }, "rotate");
  const [third = ""] = exitsOf("alice", 3).filter((label) => label !== alice.label && label !== next.label);
  await eventually(
    () => visitsOf(stage, "alice", held).map(({ peer }) => peer),
    (peers) => peers.length > 3,
    60_000,
  );
  const peers = new Set(visitsOf(stage, "alice", held).map(({ peer }) => peer));
  expect([...peers]).toEqual([proxyOf(stage, third).exitIp]);
});
