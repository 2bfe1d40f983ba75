import { describe, expect, test, vi } from "vitest";
import { botKey, collectorKey, type UnitKey } from "../../../../lib/domain/run/unit-key.ts";
import type { RequestId, RequestVerb } from "../../../../lib/domain/run/unit-wish.ts";
import { StoreError } from "../../../../lib/errors.ts";
import { type Fleet, processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot, launchCollector } from "../../../support/fleet/launch-units.ts";
import { type Bench, collectorBench, labelOf, phaseOf, runningBench, textsOf } from "../bench.ts";

let asked = 0;

async function ask({ fleet }: { readonly fleet: Fleet }, unitKey: UnitKey, verb: RequestVerb, given = {}) {
  const id = `request-${++asked}` as RequestId;
  await fleet.store.requests.add({ id, unitKey, verb, arguments: given, by: "user:ann" });
  return async () => (await fleet.store.requests.find(id))?.answer;
}

const askAlice = (made: Bench, verb: RequestVerb, given = {}) =>
  ask(made, botKey(made.run.account.id), verb, given);

describe("what an operator asks of a bot", () => {
  test("restarts it on its exit at the next renewal, and is answered with the new process", async () => {
    const made = await runningBench();
    const first = processOf(made.launcher, made.run);
    const answer = await askAlice(made, "restart");
    await made.fleet.clock.advance(4_500);
    const next = processOf(made.launcher, made.run);
    expect([phaseOf(made), labelOf(made), next === first]).toEqual(["running", "fra", false]);
    expect(await answer()).toEqual({ isDone: true, text: `It runs as pid ${next?.pid}.` });
    expect(textsOf(made)).toContainEqual(expect.stringContaining("restarted by user:ann"));
    const events = await made.fleet.store.history.list({ limit: 20 });
    const reason = "It starts again: restarted by user:ann";
    expect(events).toContainEqual(expect.objectContaining({ kind: "unit.restarting", message: reason }));
  });

  test("rotates it to another exit, without blame for the one it leaves", async () => {
    const made = await runningBench();
    const answer = await askAlice(made, "rotate");
    await made.fleet.clock.advance(4_500);
    expect([phaseOf(made), labelOf(made), made.launcher.host.processes.length]).toEqual([
      "running",
      "ams",
      2,
    ]);
    expect(await answer()).toEqual({ isDone: true, text: "It leaves through ams (203.0.113.2)." });
    const left = await made.fleet.store.accounts.assignments({ accountId: made.run.account.id });
    expect(left.find(({ id }) => id.endsWith("fra"))).toMatchObject({ status: "standby", failures: 0 });
    await made.fleet.clock.advance(60_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("does not rotate it away from its only exit", async () => {
    const made = await runningBench();
    const { accounts } = made.fleet.store;
    await accounts.updateAssignment("alice-ams" as never, { status: "disabled" });
    const first = processOf(made.launcher, made.run);
    const answer = await askAlice(made, "rotate");
    await made.fleet.clock.advance(4_500);
    expect(processOf(made.launcher, made.run)).toBe(first);
    expect(await answer()).toMatchObject({
      isDone: false,
      text: expect.stringContaining("It stays on its exit"),
    });
  });

  test("blames no proxy when the host loses its network in the middle of a rotation", async () => {
    const made = await runningBench();
    // What was learned in an earlier choice says nothing about this one.
    const { proxies } = made.fleet.net;
    made.fleet.net.directIp = undefined;
    await askAlice(made, "rotate");
    await made.fleet.clock.advance(3_995);
    const before = await made.fleet.store.proxies.find("ams");
    for (const proxy of proxies.values()) proxy.fault = "offline";
    await made.fleet.clock.advance(2_000);
    expect(phaseOf(made)).toBe("holding");
    expect(textsOf(made).at(-1)).toContain("This host reaches nothing");
    expect(await made.fleet.store.proxies.find("ams")).toEqual(before);
  });

  test("looks at its exit at once, and says what was seen", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    made.launcher.host.habits.hello = "never";
    const good = await askAlice(made, "check");
    await made.fleet.clock.advance(4_500);
    expect(await good()).toEqual({ isDone: true, text: "It leaves through fra (203.0.113.1)." });
    const proxy = made.fleet.net.proxies.get("fra");
    if (proxy !== undefined) proxy.exitIp = "203.0.113.77";
    const bad = await askAlice(made, "check");
    await made.fleet.clock.advance(15_000);
    expect(await bad()).toMatchObject({ isDone: false, text: expect.stringContaining("203.0.113.77") });
  });

  test("ends it with 0, and a second stop does not hurry it", async () => {
    const made = await runningBench();
    made.launcher.host.habits.stopsAfterMs = 4_900;
    const answers = [await askAlice(made, "stop"), await askAlice(made, "stop")];
    await made.fleet.clock.advance(6_000);
    expect([made.run.ending, processOf(made.launcher, made.run)?.isAlive]).toEqual([undefined, true]);
    expect(await answers[0]?.()).toBeUndefined();
    await made.fleet.clock.advance(6_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 0, reason: "stopped by user:ann" });
    for (const answer of answers) expect(await answer()).toEqual({ isDone: true, text: "It stopped." });
  });

  test("is refused with its reason where there is nothing to do", async () => {
    const made = await runningBench();
    const start = await askAlice(made, "start");
    await made.fleet.clock.advance(4_500);
    expect(await start()).toEqual({ isDone: true, text: "It runs already." });
    const { accounts } = made.fleet.store;
    for (const { id } of await accounts.assignments({ accountId: made.run.account.id }))
      await accounts.updateAssignment(id, { status: "disabled" });
    await made.fleet.clock.advance(9_000);
    const rotate = await askAlice(made, "rotate");
    await made.fleet.clock.advance(4_500);
    expect(await rotate()).toMatchObject({
      isDone: false,
      text: expect.stringMatching(/waiting for an exit: /),
    });
  });

  test("was meant for another run when it was asked before this one had the lease", async () => {
    const made = await runningBench();
    made.launcher.die();
    const answer = await askAlice(made, "stop");
    await made.fleet.clock.advance(1);
    const next = made.fleet.addLauncher("host-0");
    const run = launchBot(made.fleet, next, "alice");
    await made.fleet.clock.advance(10_000);
    expect(run.runner.state.phase).toBe("running");
    expect(await answer()).toEqual({ isDone: false, text: "It was asked before this run began." });
  });

  test("is carried out once, although its answer could not be written at first", async () => {
    const made = await runningBench();
    const down = new StoreError("LAUNCH_STORE_UNREACHABLE", "down");
    vi.spyOn(made.launcher.link.store.requests, "answer").mockRejectedValueOnce(down);
    const answer = await askAlice(made, "restart");
    await made.fleet.clock.advance(20_000);
    expect([made.launcher.host.processes.length, (await answer())?.isDone]).toEqual([2, true]);
  });
});

describe("an operator's report on a bot's exit", () => {
  const reportsOf = async ({ fleet, run }: Bench) =>
    (await fleet.store.evidence.list({ accountId: run.account.id, limit: 10 })).filter(
      ({ channel }) => channel === "operator",
    );

  test("is stored and judged as an operator's word: a ban moves the bot", async () => {
    const made = await runningBench();
    const untilAt = made.fleet.clock.now() + 7_200_000;
    const given = { what: "burned", venue: "binance", until: untilAt, why: "seen on the web page" };
    const answer = await askAlice(made, "report", given);
    await made.fleet.clock.advance(4_500);
    expect(await answer()).toEqual({ isDone: true, text: "It is noted for fra at binance." });
    await made.fleet.clock.advance(20_000);
    expect(await reportsOf(made)).toMatchObject([
      { kind: "ip_banned", venue: "binance", untilAt, why: "seen on the web page", weight: 1 },
    ]);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
  });

  test("does not count where it is not clear which venue is meant, or is of a shape that nobody knows", async () => {
    const made = await runningBench();
    const unclear = await askAlice(made, "report", { what: "burned" });
    const strange = await askAlice(made, "report", { what: "melted", venue: "binance" });
    const mistyped = await askAlice(made, "report", { what: "burned", venue: "binanze" });
    await made.fleet.clock.advance(4_500);
    expect(await unclear()).toMatchObject({ isDone: false, text: expect.stringContaining("names no venue") });
    expect(await strange()).toMatchObject({
      isDone: false,
      text: expect.stringContaining("does not understand"),
    });
    expect(await mistyped()).toMatchObject({ isDone: false, text: expect.stringContaining("names binanze") });
    expect([await reportsOf(made), labelOf(made)]).toEqual([[], "fra"]);
  });

  test("is refused while the bot has no exit", async () => {
    const made = await runningBench();
    const { accounts } = made.fleet.store;
    for (const { id } of await accounts.assignments({ accountId: made.run.account.id }))
      await accounts.updateAssignment(id, { status: "disabled" });
    await made.fleet.clock.advance(9_000);
    const answer = await askAlice(made, "report", { what: "clear", venue: "binance" });
    await made.fleet.clock.advance(4_500);
    expect(await answer()).toMatchObject({ isDone: false, text: expect.stringContaining("no exit now") });
  });
});

test("a collector is restarted, checked and stopped, and has no exit to rotate", async () => {
  const made = await collectorBench("192.0.2.1");
  await made.fleet.clock.advance(10);
  const key = collectorKey("funding");
  const [rotate, check] = [await ask(made, key, "rotate"), await ask(made, key, "check")];
  await made.fleet.clock.advance(4_500);
  expect(await rotate()).toEqual({ isDone: false, text: "It connects directly: it has no exit." });
  expect(await check()).toMatchObject({
    isDone: true,
    text: expect.stringMatching(/^It runs as pid \d+ and connects directly\.$/),
  });
  const restart = await ask(made, key, "restart");
  await made.fleet.clock.advance(4_500);
  expect([made.launcher.host.processes.length, (await restart())?.isDone]).toEqual([2, true]);
  await ask(made, key, "stop");
  await made.fleet.clock.advance(4_500);
  expect(made.run.ending).toMatchObject({ exitStatus: 0 });
});

describe("two units of one launcher", () => {
  test("do not notice what happens to the other: a lost exit, a request, an end", async () => {
    const made = await runningBench();
    const { fleet, launcher, run } = made;
    const collector = launchCollector(launcher, "funding");
    await fleet.clock.advance(10);
    const phases = () => [run.runner.state.phase, collector.runner.state.phase];
    const collectors = () => launcher.host.processes.filter(({ runId }) => runId === collector.runId).length;
    expect(phases()).toEqual(["running", "running"]);
    const proxy = fleet.net.proxies.get("fra");
    if (proxy !== undefined) proxy.fault = "refused";
    const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
    relayOf(launcher, run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
    await fleet.clock.advance(10_000);
    expect([labelOf(made), phases(), collectors()]).toEqual(["ams", ["running", "running"], 1]);
    await askAlice(made, "stop");
    await fleet.clock.advance(10_000);
    expect([run.ending?.exitStatus, collector.ending, collectors()]).toEqual([0, undefined, 1]);
    expect(fleet.memory.state.leases.map(({ runId }) => runId)).toEqual([collector.runId]);
  });

  test("are never two runs of one account", async () => {
    const made = await runningBench();
    expect(() => launchBot(made.fleet, made.launcher, "alice")).toThrow("already runs in this launcher");
  });
});
