import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { Fault } from "../../lab/front.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import type { VenueEntry } from "../../lab/venue.ts";
import {
  addAccount,
  e2eStage,
  ok,
  pidOf,
  proxyOf,
  readyOn,
  seenAtVenue,
  startBot,
} from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { isRunning } from "../../support/processes/is-running.ts";

let stage: Stage;
let operator: Slipway;
const hook = `${process.execPath} ${fileURLToPath(new URL("../../fixtures/bots/cancels-orders.mjs", import.meta.url))}`;
const alice = { kind: "bot", name: "alice" } as const;

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "http", "zrh-1": "http" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  operator = await openSlipway({
    stateFolder: stage.stateFolder,
    configFile: join(stage.folder, "launch.yaml"),
  });
});
afterEach(() => Promise.all(launchers.splice(0).map((launcher) => launcher.end())));
afterAll(async () => {
  await operator.close();
  await stage.close();
});

const hookOf = ({ path }: VenueEntry) => /hook=(\w+)/.exec(path)?.[1] ?? "bot";

/** Who asked the venue from where, in order, the same one after another told once. */
function visitsSince(from: number): readonly string[] {
  const visits = stage.venue.entries
    .slice(from)
    .map((entry) => `${hookOf(entry)} ${pidOf(entry)} ${entry.peer}`);
  return visits.filter((visit, index) => visit !== visits[index - 1]);
}

const fault = (label: string, kind: Fault) =>
  proxyOf(stage, label).process.order({ do: "fault", fault: kind });

const launchers: RunningLaunch[] = [];

async function start(label: string, flags: readonly string[]): Promise<RunningLaunch> {
  const launcher = await startBot(stage, "alice", label, flags);
  launchers.push(launcher);
  return launcher;
}

async function stop(launcher: RunningLaunch): Promise<void> {
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
}

// One that has ended and that nobody asks about is none any more.
describe.each(["kernel", "preload"])("in the %s tier", (tier) => {
  const flags = ["--isolation", tier, "--pre-switch", hook, "--on-lost", hook];

  test("a bot that is moved has its hook on the old exit first, and nothing of it leaves from elsewhere", async () => {
    const from = stage.venue.entries.length;
    const launcher = await start("fra-1", flags);
    const before = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice", from));
    const rotated = await operator.runs.ask(alice, "rotate");
    expect(rotated).toEqual({ isDone: true, text: "It leaves through ams-1 (127.0.0.12)." });
    const next = await seenAtVenue(stage, ({ peer }) => peer === "127.0.0.12", from);
    const visits = visitsSince(from);
    const hooks = stage.venue.entries.slice(from).filter((entry) => hookOf(entry) === "pre_switch");
    expect(hooks.map(({ peer }) => peer)).toEqual(["127.0.0.11", "127.0.0.11", "127.0.0.11"]);
    expect([pidOf(next) === before, hookOf(next)]).toEqual([false, "bot"]);
    // From the first visit through the new exit on there is none through the old one, and none ever that went past both.
    const moved = visits.findIndex((visit) => visit.endsWith("127.0.0.12"));
    expect(visits.slice(0, moved).every((visit) => visit.endsWith("127.0.0.11"))).toBe(true);
    expect(visits.slice(moved).every((visit) => visit.endsWith("127.0.0.12"))).toBe(true);
    expect(visits.some((visit) => visit.startsWith("on_lost"))).toBe(false);
    expect(launcher.stdout.join("\n")).toMatch(/hook pre_switch \d+: rotated by user:/);
    await stop(launcher);
  });

  test("a bot that loses its exit has its hook on the next one before it starts there", async () => {
    const launcher = await start("fra-1", flags);
    const from = stage.venue.entries.length;
    await fault("fra-1", { kind: "reset" });
    await readyOn(stage, launcher, "ams-1");
    await seenAtVenue(stage, (entry) => entry.peer === "127.0.0.12" && hookOf(entry) === "bot", from);
    const visits = visitsSince(from).filter((visit) => !visit.endsWith("127.0.0.11"));
    expect(visits[0]).toMatch(/^on_lost \d+ 127\.0\.0\.12$/);
    expect(visits[1]).toMatch(/^bot \d+ 127\.0\.0\.12$/);
    await stop(launcher);
    await fault("fra-1", { kind: "none" });
    await ok(stage, ["proxy", "check", "fra-1"]);
    await ok(stage, ["revive", "alice", "fra-1"]);
  });

  test("a hook that does not end is killed with all that came of it when the run ends", async () => {
    const launcher = await start("fra-1", ["--isolation", tier, "--pre-switch", `${hook} stay`]);
    void operator.runs.ask(alice, "rotate");
    const own = Number(/hook pre_switch (\d+)/.exec(await launcher.line(/hook pre_switch \d+/))?.[1]);
    const child = Number(/child (\d+)/.exec(await launcher.line(/^child \d+|child \d+$/))?.[1]);
    expect([isRunning(own), isRunning(child)]).toEqual([true, true]);
    await stop(launcher);
    expect([isRunning(own), isRunning(child)]).toEqual([false, false]);
  });
});

test("a launcher that is killed while it looks for another exit leaves nothing, and the next start is right", async () => {
  const launcher = await start("fra-1", ["--pre-switch", hook]);
  const from = stage.venue.entries.length;
  const pid = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice", from));
  await fault("ams-1", { kind: "hang" });
  void operator.runs.ask(alice, "rotate").catch(() => {});
  await eventually(
    async () => (await stage.launch(["ps", "--running", "--json"])).stdout,
    (ps) => ps.includes("looks for another exit"),
    20_000,
  );
  launcher.signal("SIGKILL");
  await launcher.ended;
  await eventually(
    () => isRunning(pid),
    (alive) => !alive,
    10_000,
  );
  await fault("ams-1", { kind: "none" });
  const again = await start("fra-1", ["--pre-switch", hook]);
  await stop(again);
});
