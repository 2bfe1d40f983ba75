import { setTimeout as delay } from "node:timers/promises";
import { openDesk } from "../../desk/open-desk.mjs";
import { program } from "../../harness/places.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";
import { nodeWay } from "../starts/launches.mjs";

const command = [process.execPath, program("asks-often.mjs")];
const labels = ["p-b-1", "p-b-2"];

/** A proxy dies under a bot: how long until the bot's first request on the next proven exit. */
export const exitLost = {
  name: "exit-lost",
  title: "Exit lost, to the bot's first request on the next proven exit",
  rounds: 3,
  warmUps: 0,
  limits:
    "Apart from the decision, which asks again for some seconds whether the exit is lost (an incident elsewhere is none), the next exit is " +
    "proven by two witnesses and claimed in the database; with `restart` a new process of the bot starts then. No other supervisor does it.",
  figures: {
    "decision to first request": { unit: "ms" },
    "the same without the bot's start": { unit: "ms" },
    "decision itself": { unit: "ms" },
    start: { unit: "ms" },
  },
  targets: [
    { figure: "decision to first request", way: "reconnect", most: 150 },
    { figure: "the same without the bot's start", way: "restart", most: 150 },
  ],
  async open(tools) {
    const { quiet, atEnd } = tools;
    const desk = await openDesk({
      bots: 2,
      tier: "preload",
      command: () => command,
      more: () => "switch: { per_ten_minutes: 1000, per_day: 1000, fleet_share: 1 }",
    });
    atEnd(() => desk.stage.close());
    const { stage, ok } = desk;
    await ok(["assign", "b-1", "p-b-2", "--priority", "2"]);
    const { pm2 } = await openSupervisors(
      tools,
      { unit: command },
      { only: ["pm2"], env: { VENUE_URL: stage.venueUrl } },
    );
    const env = { ...stage.env, VENUE_URL: stage.venueUrl };
    const start = async () => (await nodeWay(quiet, command.slice(1), env)).start;
    return {
      "bare Node": async () => ({ start: await start() }),
      reconnect: () => lose(desk, quiet, "reconnect"),
      restart: async () => {
        // The quickest of some: what a busy machine adds to one belongs to no start.
        const startMs = Math.min(await start(), await start(), await start());
        const figures = await lose(desk, quiet, "restart");
        return {
          ...figures,
          "the same without the bot's start": figures["decision to first request"] - startMs,
        };
      },
      ...(pm2 === undefined ? {} : { "pm2 restart": () => restartBy(pm2) }),
    };
  },
};

async function lose({ stage, ok }, quiet, way) {
  const { entries } = stage.venue;
  const env = { VENUE_URL: stage.venueUrl };
  const words = ["bot", "--account", "b-1", "--isolation", "preload", "--on-failover", way];
  let from = entries.length;
  const launcher = stage.start(words, { env });
  const { peer: before } = await entryOf(entries, from, () => true);
  const lost = labels.find((label) => stage.proxies.get(label).exitIp === before);
  await delay(1_000);
  await quiet();
  from = entries.length;
  const killedAt = Date.now();
  await stage.proxies.get(lost).process.order({ do: "kill" });
  const first = await entryOf(entries, from, ({ peer }) => peer !== before);
  const decidedAt = await momentOf(ok, killedAt);
  await launcher.end();
  await stage.proxies.get(lost).process.order({ do: "revive" });
  await ok(["proxy", "check", lost]);
  await ok(["revive", "b-1", lost]);
  return { "decision to first request": first.at - decidedAt, "decision itself": decidedAt - killedAt };
}

/** When the launcher decided that the exit is lost. */
async function momentOf(ok, since) {
  for (;;) {
    const { events } = JSON.parse(await ok(["events", "b-1", "--json", "--limit", "20"]));
    const found = events.find(({ kind, at }) => kind === "exit.lost" && Date.parse(at) >= since);
    if (found !== undefined) return Date.parse(found.at);
    await delay(100);
  }
}

async function entryOf(entries, from, fits) {
  for (let waited = 0; waited < 60_000; waited += 5) {
    const found = entries.slice(from).find(fits);
    if (found !== undefined) return found;
    await delay(5);
  }
  throw new Error("the venue saw nothing of the bot within a minute");
}

async function restartBy({ lines, start, restart }) {
  const up = /^up \d+$/;
  lines.mark();
  const started = start("unit");
  await lines.next(up);
  await started;
  await delay(1_000);
  lines.mark();
  const startedAt = performance.now();
  const restarted = restart("unit");
  await lines.next(up);
  const ms = performance.now() - startedAt;
  await restarted;
  return { "decision to first request": ms };
}
