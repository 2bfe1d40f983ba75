import { describe, expect, test } from "vitest";
import type { CountryCode, VenueName } from "../../../lib/domain/account.ts";
import { instant } from "../../../lib/domain/time.ts";
import { type FleetRun, processOf, proxyOf, relayOf } from "../../support/fleet/fleet.ts";
import { launchBot } from "../../support/fleet/launch-units.ts";
import { type Bench, bench, labelOf, phaseOf, runningBench, textsOf } from "./bench.ts";

async function assignmentOf({ fleet, run }: Bench, label: string) {
  const { id: proxyId } = await proxyOf(fleet, label);
  const [found] = await fleet.store.accounts.assignments({ accountId: run.account.id, proxyId });
  if (found === undefined) throw new Error(`no assignment of ${label}`);
  return found;
}

async function disable(made: Bench, label: string): Promise<void> {
  const { id } = await assignmentOf(made, label);
  await made.fleet.store.accounts.updateAssignment(id, { status: "disabled" });
}

describe("what an operator changes", () => {
  test("moves a running bot within one renewal, its relay cut first", async () => {
    const made = await runningBench();
    await disable(made, "fra");
    await made.fleet.clock.advance(4_050);
    expect(relayOf(made.launcher, made.run).gate).toBe("cut");
    await made.fleet.clock.advance(1_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("moves a bot that has to be killed: its late end is not taken for the next process's", async () => {
    const made = await runningBench();
    made.launcher.host.habits.stopsAfterMs = 60_000;
    await disable(made, "fra");
    // 4 s to the renewal, 5 s of grace.
    await made.fleet.clock.advance(9_100);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), made.launcher.host.processes.length]).toEqual(["running", 2]);
  });

  test("moves a bot that has to be killed: its late end does not disturb the proof from inside", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    made.launcher.host.habits.stopsAfterMs = 60_000;
    made.launcher.host.habits.insideDial = () => new Promise(() => {});
    await disable(made, "fra");
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["spawning", "ams"]);
  });

  test("moves a bot that has to be killed: its late end may come while the next start still looks for what is left of it", async () => {
    const made = await runningBench();
    made.launcher.host.habits.stopsAfterMs = 60_000;
    made.launcher.host.habits.killsForMs = 100;
    await disable(made, "fra");
    // Killed after 9 s and looked for until 9.1 s, then once more before the next start; its end is told meanwhile.
    await made.fleet.clock.advance(9_120);
    expect(phaseOf(made)).toBe("spawning");
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), labelOf(made), made.run.ending]).toEqual(["running", "ams", undefined]);
  });

  test("is noticed while the bot waits for its restart: it does not start again on that exit", async () => {
    const made = await runningBench();
    for (let crash = 0; crash < 4; crash++) {
      processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
      if (crash < 3) await made.fleet.clock.advance(10_000);
    }
    await made.fleet.clock.settle();
    expect(phaseOf(made)).toBe("backing_off");
    const started = made.launcher.host.processes.length;
    await disable(made, "fra");
    await made.fleet.clock.advance(4_050);
    expect(labelOf(made)).toBe("ams");
    expect(made.launcher.host.processes.length).toBe(started + 1);
  });

  test("in the middle of a proof is heeded before anything starts, and stays as the operator left it", async () => {
    const made = await bench();
    let isDone = false;
    made.fleet.net.onAsk = () => {
      if (!isDone) void disable(made, "fra");
      isDone = true;
    };
    await made.fleet.clock.advance(10);
    expect(labelOf(made)).toBe("ams");
    expect(made.launcher.host.processes).toHaveLength(1);
    expect((await assignmentOf(made, "fra")).status).toBe("disabled");
  });

  test("just before a stop outlives the stop", async () => {
    const made = await runningBench();
    const { id } = await assignmentOf(made, "fra");
    const cooldownUntil = instant(made.fleet.clock.now() + 60_000);
    await made.fleet.store.accounts.updateAssignment(id, { status: "cooling", cooldownUntil });
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    expect(await assignmentOf(made, "fra")).toMatchObject({ status: "cooling", cooldownUntil });
  });

  test("by removing the account ends the run with 69", async () => {
    const made = await runningBench();
    await made.fleet.store.accounts.remove(made.run.account.id);
    await made.fleet.clock.advance(5_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 69 });
    expect(processOf(made.launcher, made.run)).toBeUndefined();
  });

  test("by holding the account stops the bot, and releasing it starts it again", async () => {
    const made = await runningBench();
    const { accounts } = made.fleet.store;
    await accounts.update(made.run.account.id, { hold: { by: "operator", why: "audit" } });
    await made.fleet.clock.advance(5_000);
    expect([phaseOf(made), processOf(made.launcher, made.run)]).toEqual(["holding", undefined]);
    await accounts.update(made.run.account.id, { hold: undefined });
    await made.fleet.clock.advance(6_000);
    expect(phaseOf(made)).toBe("running");
  });
});

describe("an account whose venues change while its bot runs", () => {
  const venues = (...names: string[]) => names as VenueName[];

  /** alice at okx and bob at binance, both with "ams" alone, which they may share. */
  async function sharing(): Promise<{ made: Bench; bob: FleetRun }> {
    const made = await bench();
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(100);
    const { accounts } = made.fleet.store;
    for (const [name, venue, unwanted] of [
      ["alice", "okx", "fra"],
      ["bob", "binance", "par"],
    ] as const) {
      const account = made.fleet.accounts.get(name);
      if (account === undefined) throw new Error(name);
      made.fleet.accounts.set(name, { ...account, venues: venues(venue) });
      await accounts.update(account.id, { venues: venues(venue) });
      await accounts.unassign(account.id, (await proxyOf(made.fleet, unwanted)).id);
    }
    const run = launchBot(made.fleet, made.launcher, "alice");
    const bob = launchBot(made.fleet, made.launcher, "bob");
    await made.fleet.clock.advance(100);
    expect([run.runner.state.phase, bob.runner.state.phase]).toEqual(["running", "running"]);
    return { made: { ...made, run }, bob };
  }
  const heldVenues = ({ fleet, run }: Bench) =>
    fleet.memory.state.exits.filter(({ runId }) => runId === run.runId).map(({ venue }) => venue);

  test("leaves an exit that it may not share any more within one renewal, and the other goes on", async () => {
    const { made, bob } = await sharing();
    await made.fleet.store.accounts.update(made.run.account.id, { venues: venues("any") });
    await made.fleet.clock.advance(6_000);
    expect([phaseOf(made), processOf(made.launcher, made.run), heldVenues(made)]).toEqual([
      "holding",
      undefined,
      [],
    ]);
    expect(processOf(made.launcher, bob)).toBeDefined();
    expect(textsOf(made)).toContainEqual(expect.stringContaining("bob"));
  });

  test("is proven again and holds its exit for the new venues", async () => {
    const { made } = await sharing();
    await made.fleet.store.accounts.update(made.run.account.id, { venues: venues("okx", "bybit") });
    await made.fleet.clock.advance(6_000);
    expect([phaseOf(made), heldVenues(made).toSorted()]).toEqual(["running", ["bybit", "okx"]]);
    const open = made.fleet.memory.state.exitUses.filter(
      ({ until, runId }) => until === undefined && runId === made.run.runId,
    );
    expect(open.map((use) => use.venues)).toEqual([["okx", "bybit"]]);
  });

  test("does not move it when one is only named twice", async () => {
    const { made } = await sharing();
    const started = made.launcher.host.processes.length;
    await made.fleet.store.accounts.update(made.run.account.id, { venues: venues("okx", "okx") });
    await made.fleet.clock.advance(6_000);
    expect(made.launcher.host.processes.length).toBe(started);
  });

  test("leaves an exit of a country that is not allowed any more", async () => {
    const made = await runningBench();
    await made.fleet.store.accounts.update(made.run.account.id, { allowedCountries: ["JP" as CountryCode] });
    await made.fleet.clock.advance(6_000);
    expect(phaseOf(made)).toBe("holding");
  });
});

describe("clean time on an exit", () => {
  test("ends a probation after ten minutes and takes a failure off after a day", async () => {
    const made = await bench();
    const { id } = await assignmentOf(made, "fra");
    const past = instant(made.fleet.clock.now() - 1);
    await made.fleet.store.accounts.updateAssignment((await assignmentOf(made, "ams")).id, {
      status: "disabled",
    });
    await made.fleet.store.accounts.updateAssignment(id, {
      status: "cooling",
      failures: 2,
      cooldownUntil: past,
    });
    await made.fleet.clock.advance(1_000);
    expect(await assignmentOf(made, "fra")).toMatchObject({ status: "probation", failures: 2 });
    await made.fleet.clock.advance(605_000);
    expect(await assignmentOf(made, "fra")).toMatchObject({ status: "active", cooldownUntil: undefined });
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    expect(await assignmentOf(made, "fra")).toMatchObject({ status: "standby", failures: 2 });
  });
});

test("an exit that is left for another is given back before the other is taken", async () => {
  const made = await runningBench();
  made.fleet.net.proxies.set("fra", { label: "fra", exitIp: "203.0.113.1", fault: "refused" });
  relayOf(made.launcher, made.run).options.onEvent({
    type: "failed",
    target: "venue.test:443",
    failure: { kind: "refused", scope: "upstream", message: "fra refused", status: undefined },
  });
  processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
  await made.fleet.clock.advance(5_000);
  expect(labelOf(made)).toBe("ams");
  expect(made.fleet.memory.state.exits.map(({ exitKey }) => exitKey)).toEqual(["203.0.113.2"]);
  expect(made.fleet.memory.state.exitUses.filter(({ until }) => until === undefined)).toHaveLength(1);
  expect(textsOf(made)).toContainEqual(expect.stringContaining("fra is not used"));
});
