import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueAnswer } from "../../lab/venue.ts";
import {
  addAccount,
  defaultsYaml,
  e2eStage,
  ok,
  proxyOf,
  readyOn,
  seenAtVenue,
  startBot,
} from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
const launchers: RunningLaunch[] = [];

beforeAll(async () => {
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "http", "zrh-1": "http" },
    yaml: (made) => `${defaultsYaml(made)}\n${binanceAt(made.venuePort)}`,
  });
  await addAccount(stage, "alice", ["fra-1", "ams-1"], ["--venue", "binance"]);
  await addAccount(stage, "bob", ["zrh-1"], ["--venue", "binance"]);
});
afterEach(async () => {
  for (const label of ["fra-1", "ams-1", "zrh-1"]) await answerTo(label, null);
  await Promise.all(launchers.splice(0).map((launcher) => launcher.end()));
});
afterAll(() => stage.close());

/** The lab's venue is one of those that are known. */
function binanceAt(port: number): string {
  return `venues: [{ venue: binance, hosts: [venue.test], probe: "https://venue.test:${port}/time" }]`;
}

/** What the venue answers to whoever comes from the proxy's exit. */
function answerTo(label: string, answer: VenueAnswer | null): Promise<unknown> {
  return stage.venue.order({ do: "answer", answer, peer: proxyOf(stage, label).exitIp });
}

async function start(name: string, label: string): Promise<RunningLaunch> {
  const launcher = await startBot(stage, name, label);
  launchers.push(launcher);
  return launcher;
}

describe("a venue that bans an exit", () => {
  test("has its bot on another one, and nobody else moves", async () => {
    const bob = await start("bob", "zrh-1");
    const alice = await start("alice", "fra-1");
    await answerTo("zrh-1", { status: 429, headers: { "retry-after": "30" } });
    await answerTo("fra-1", { status: 418, headers: { "retry-after": "7200" } });
    await readyOn(stage, alice, "ams-1");
    const from = stage.venue.entries.length;
    const { exitIp } = proxyOf(stage, "ams-1");
    await seenAtVenue(stage, ({ account, peer }) => account === "alice" && peer === exitIp, from);
    expect(stage.venue.entries.slice(from).filter(({ account }) => account === "alice")).not.toContainEqual(
      expect.objectContaining({ peer: proxyOf(stage, "fra-1").exitIp }),
    );
    const events = async () => await ok(stage, ["events", "--json"]);
    const told = await eventually(events, (text) => text.includes("reputation.limited"), 30_000);
    expect(told).toContain("reputation.burned");
    expect(bob.stderr.join("\n")).not.toContain("leaves");
  });
});
