import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { ok, proxyOf } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { groupsOf } from "./clients.ts";
import { type Figure, forAll, printFigures } from "./figures.ts";
import {
  answerAt,
  eventOf,
  moved,
  printed,
  type RunningBot,
  startOn,
  type VenueStage,
  venueStage,
  visitsOf,
} from "./venue-stage.ts";

/** How an exit is lost, and what has to be said of it. */
interface LostRow {
  readonly title: string;
  readonly breakIt: (stage: Stage, label: string) => Promise<unknown>;
  readonly mend: (stage: Stage, label: string) => Promise<unknown>;
  /** What the bot printed. */
  readonly saw: RegExp;
  /** The kind of the event, and what its message says beside the proxy's label. */
  readonly told: readonly [kind: string, words: string];
  readonly why: RegExp;
}

const swapped = "127.0.1.99";
const process_ = (stage: Stage, label: string) => proxyOf(stage, label).process;

const lostRows: readonly LostRow[] = [
  {
    title: "the proxy is killed",
    breakIt: (stage, label) => process_(stage, label).order({ do: "kill" }),
    mend: (stage, label) => process_(stage, label).order({ do: "revive" }),
    saw: /^error /,
    told: ["proxy.down", ""],
    why: /It came there because: [^.]*/,
  },
  {
    title: "the password is revoked",
    // A client that keeps its tunnel needs no password until the venue ends it.
    async breakIt(stage, label) {
      await answerAt(stage, [label], { status: 200, headers: { connection: "close" }, body: "{}" });
      await process_(stage, label).order({ do: "fault", fault: { kind: "status", status: 407 } });
    },
    async mend(stage, label) {
      await answerAt(stage, [label], null);
      await process_(stage, label).order({ do: "fault", fault: { kind: "none" } });
    },
    saw: /^error /,
    told: ["proxy.auth_failed", ""],
    why: /It came there because: [^.]*/,
  },
  {
    title: "the vendor swaps its address without a word",
    async breakIt(stage, label) {
      await process_(stage, label).order({ do: "exit", address: swapped });
    },
    mend: (stage, label) =>
      process_(stage, label).order({ do: "exit", address: proxyOf(stage, label).exitIp }),
    saw: /^(error|answer)/,
    told: ["proxy.drifted", swapped],
    why: /It came there because: [^.]*/,
  },
];

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const groups = groupsOf(
  isFull
    ? [
        ["fetch", "undici", "https"],
        ["requests", "aiohttp"],
        ["httpx", "websockets"],
      ]
    : [["fetch", "requests"]],
);

let venues: VenueStage;
const bots = new Map<string, RunningBot>();
const figures: Figure[] = [];

beforeAll(async () => {
  venues = await venueStage(groups.flat(), "fleet_window: 1s");
});
afterAll(async () => {
  printFigures("lost exits", figures);
  await venues.close();
});

describe.each(groups.map((group) => ({ group, clients: group.map(({ name }) => name).join(", ") })))(
  "a bot on $clients",
  ({ group }) => {
    const names = group.map(({ name }) => name);
    afterAll(() => Promise.all(names.map(async (name) => await bots.get(name)?.launcher.end())));
    test.each(lostRows)("leaves its exit when $title", async (row) => {
      await forAll(names, (name) => lose(row, name));
    });
  },
);

async function lose(row: LostRow, name: string): Promise<void> {
  const { stage, operator } = venues;
  const bot = bots.get(name) ?? (await startOn(stage, name));
  bots.delete(name);
  try {
    const { label, launcher } = bot;
    const [from, before, sinceMs] = [stage.venue.entries.length, launcher.stdout.length, Date.now()];
    await row.breakIt(stage, label);
    // The regular look comes once a minute; an operator need not wait for it.
    void operator.runs.ask({ kind: "bot", name }, "check").catch(() => {});
    const told = new RegExp(`^${row.told[0]}: .*${label}.*${row.told[1]}`);
    const event = await eventOf(venues, undefined, told, sinceMs);
    const saw = await printed(bot, before, row.saw);
    const { next, first } = await moved(stage, bot, from, swapped);
    expect(await ok(stage, ["events", "--json"])).toContain(JSON.stringify(event.message));
    const why = (await ok(stage, ["why", name])).replaceAll(/\s+/g, " ");
    expect(why).toMatch(row.why);
    const ips = await ok(stage, ["account", "ips", name]);
    const isSwapped = row.told[0] === "proxy.drifted";
    expect(new RegExp(`^${label} .* swapped [0-9]+ s ago`, "m").test(ips)).toBe(isSwapped);
    expect(ips.split("\n").at(-1)?.split(",").includes(proxyOf(stage, label).exitIp)).toBe(!isSwapped);
    figures.push({
      row: row.title,
      bot: name,
      saw,
      decidedMs: event.at - sinceMs,
      lastMs:
        Math.max(
          ...visitsOf(stage, name, from)
            .filter(({ at }) => at < first.at)
            .map(({ at }) => at),
          sinceMs,
        ) - sinceMs,
      servedMs: first.at - sinceMs,
      why: why.slice(0, why.indexOf(" EXITS")),
    });
    await restore(row, name, label);
    bots.set(name, next);
  } finally {
    if (!bots.has(name)) await bot.launcher.end();
  }
}

/** The exit works again, and nothing stands against it. */
async function restore(row: LostRow, name: string, label: string): Promise<void> {
  const { stage, operator } = venues;
  await row.mend(stage, label);
  await eventually(
    async () => (await stage.launch(["proxy", "check", label])).exitCode,
    (code) => code === 0,
    30_000,
    500,
  );
  await operator.accounts.revive({ accountName: name, proxyLabel: label });
}
