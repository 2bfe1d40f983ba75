import { beforeAll, describe, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { VenueAnswer } from "../../../../lib/domain/verdict/venue-answer.ts";
import { loadOutputRules } from "../../../../lib/policy/verdict/output/load-output.ts";
import { loadVenueBook } from "../../../../lib/policy/verdict/venues/load-book.ts";
import type { BotChannelEvent } from "../../../../lib/ports/bot-channel.ts";
import { type FleetLauncher, openFleet, processOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { type Bench, labelOf, phaseOf, textsOf } from "../bench.ts";
import { pass, trading } from "./trading-bench.ts";

const binance = "binance" as VenueName;
const weekMs = 7 * 86_400_000;

// Loading a venue's table for the first time takes as long as the machine is busy, and the fake clock goes on.
beforeAll(async () => {
  await loadOutputRules([], await loadVenueBook([binance, "okx" as VenueName], []));
});

const running = () => trading(binance);

function say({ launcher, run }: Bench, event: BotChannelEvent): void {
  launcher.host.sockets.get(run.runId)?.onEvent(event);
}

function answered(host: string, status: number, change: Partial<VenueAnswer> = {}): BotChannelEvent {
  const plain = { host, status, headers: {}, body: undefined, isSigned: false, times: 1, at: instant(0) };
  return { type: "answers", pid: 1, answers: [{ ...plain, ...change }] };
}

const rowsOf = ({ fleet }: Bench) => fleet.memory.state.evidence.map(({ row }) => row);

describe("what a bot says", () => {
  test.each(["burned", "limited"] as const)(
    "that its exit is %s until a time that is over holds nobody up",
    async (what) => {
      const made = await running();
      const untilAt = instant(made.fleet.clock.now() - 1);
      say(made, { type: "report", pid: 1, what, venue: "binance", untilAt, why: "x" });
      await pass(made, 2_000);
      expect([made.fleet.memory.state.reputations, rowsOf(made), labelOf(made)]).toEqual([[], [], "fra"]);
      const text = `the report "${what}" of alice does not count: its \`until\` has been over for 0 s`;
      expect(textsOf(made)).toContain(text);
    },
  );

  test("burns its exit for a week at most, whatever time it names", async () => {
    const made = await running();
    const now = made.fleet.clock.now();
    const untilAt = instant(8.64e15);
    say(made, { type: "report", pid: 1, what: "burned", venue: "binance", untilAt, why: "x" });
    await pass(made, 2_000);
    const [row] = made.fleet.memory.state.reputations;
    expect(row?.state).toBe("burned");
    expect(row?.untilAt).toBeGreaterThan(now);
    expect(row?.untilAt).toBeLessThan(now + 1.5 * weekMs);
    expect(rowsOf(made)[0]?.untilAt).toBeLessThanOrEqual(now + weekMs + 2_000);
  });

  test("lifts nothing that an operator said of its exit", async () => {
    const made = await running();
    const { store } = made.fleet;
    const exitIp = "203.0.113.7" as ExitIp;
    const word = { state: "burned", because: "operator", failures: 0, cleanMs: 0 } as const;
    const always = { untilAt: undefined, nextProbeAt: undefined, since: instant(0) };
    const held = made.fleet.memory.state.exits[0]?.exitKey ?? "";
    const next = { exitKey: held, exitIp, venue: binance, ...word, ...always };
    await store.apply([{ on: "reputation", expected: undefined, next }]);
    say(made, { type: "report", pid: 1, what: "clear", venue: "binance", untilAt: undefined, why: "x" });
    await pass(made, 2_000);
    expect(rowsOf(made)).toMatchObject([{ kind: "ok", channel: "report" }]);
    expect(made.fleet.memory.state.reputations).toMatchObject([{ state: "burned", because: "operator" }]);
  });

  test("of venues at which its account does not trade moves and burns nothing", async () => {
    const made = await running();
    say(made, answered("api.bybit.com", 451));
    say(made, answered("api.kraken.com", 418));
    say(made, answered("api.coinbase.com", 200, { isSigned: true }));
    await pass(made, 8_000);
    expect(made.fleet.memory.state.reputations).toEqual([]);
    expect([phaseOf(made), labelOf(made), textsOf(made).length]).toEqual(["running", "fra", 1]);
  });

  test("again and again is counted, and judged and told seldom", async () => {
    const made = await running();
    const before = made.fleet.memory.state.events.length;
    for (let n = 0; n < 400; n++) {
      const at = made.fleet.clock.now();
      const reports = ["limited", "clear"] as const;
      for (const what of reports)
        say(made, {
          type: "report",
          pid: 1,
          what,
          venue: "binance",
          untilAt: instant(at + 60_000 + n),
          why: `reason ${n}`,
        });
      say(made, answered("api.binance.com", 429, { headers: { "retry-after": String(60 + n) } }));
      if (n % 20 === 0) await pass(made, 500);
    }
    await pass(made, 6_000);
    expect(rowsOf(made).length).toBeLessThan(15);
    expect(rowsOf(made).reduce((sum, { times }) => sum + times, 0)).toBe(1_200);
    expect(made.fleet.memory.state.events.length - before).toBeLessThan(15);
    expect(phaseOf(made)).toBe("running");
  });
});

describe("what a venue answered", () => {
  const waf = (made: Bench, atMs: number, times: number) =>
    say(
      made,
      answered("api.binance.com", 403, { at: instant(atMs), times, headers: { server: "CloudFront" } }),
    );

  test("is told by the time at which it came: a block before an operator revived the exit is not held against it", async () => {
    const made = await running();
    const { store, clock } = made.fleet;
    await pass(made, 10_000);
    const before = clock.now();
    await pass(made, 2_000);
    const [exit] = made.fleet.memory.state.exits;
    if (exit === undefined) throw new Error("no exit");
    const word = { state: "clear", because: "operator", failures: 0, cleanMs: 0 } as const;
    const none = { untilAt: undefined, nextProbeAt: undefined, since: clock.now() };
    const next = { exitKey: exit.exitKey, exitIp: "203.0.113.1" as ExitIp, venue: binance, ...word, ...none };
    await store.apply([{ on: "reputation", expected: undefined, next }]);
    say(made, answered("api.binance.com", 418, { at: before, headers: { "retry-after": "7200" } }));
    await pass(made, 3_000);
    expect(made.fleet.memory.state.reputations).toMatchObject([{ state: "clear" }]);
    expect(rowsOf(made)).toMatchObject([{ kind: "ip_banned", at: before }]);
    say(made, answered("api.binance.com", 418, { at: clock.now(), headers: { "retry-after": "7200" } }));
    await pass(made, 9_000);
    expect(made.fleet.memory.state.reputations).toMatchObject([{ state: "burned" }]);
  });

  test("before the bot came to its exit is no word about it, and a time of a clock of its own is not believed", async () => {
    const made = await running();
    const started = made.fleet.clock.now();
    waf(made, started - 5_000, 3);
    await pass(made, 2_000);
    expect(rowsOf(made)).toEqual([]);
    waf(made, started + 3_600_000, 3);
    await pass(made, 2_000);
    expect(rowsOf(made)[0]?.at).toBeLessThan(started + 4_000);
  });

  test("on a site for a region counts for the venue that the account declared", async () => {
    const made = await running();
    await made.fleet.store.accounts.update(made.run.account.id, { venues: ["okx" as VenueName] });
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    const again = { ...made, run: launchBot(made.fleet, made.launcher, "alice") };
    while (phaseOf(again) !== "running") await pass(again, 500);
    for (const host of ["eea.okx.com", "us.okx.com"]) say(again, answered(host, 429));
    say(again, answered("api.binance.us", 429));
    const counted = () => rowsOf(again).reduce((sum, { times }) => sum + times, 0);
    while (counted() < 2) await pass(again, 500);
    await pass(again, 9_000);
    const rows = rowsOf(again);
    expect(new Set(rows.map(({ venue, kind }) => `${venue} ${kind}`))).toEqual(new Set(["okx rate_limited"]));
    expect(counted()).toBe(2);
  });
});

describe("a bot that asks on although it is refused", () => {
  test("has its own exit asked and other exits tried seldom", async () => {
    const made = await running();
    const asked: string[] = [];
    made.fleet.net.venueAnswers = (label) => {
      asked.push(label);
      return { status: 403, body: "<html>blocked</html>" };
    };
    for (let second = 0; second < 60; second++) {
      say(made, answered("api.binance.com", 403, { times: 3, headers: { server: "CloudFront" } }));
      await pass(made, 1_000);
    }
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    for (const label of ["fra", "ams"]) {
      const times = asked.filter((each) => each === label).length;
      expect(times).toBeGreaterThan(0);
      expect(times).toBeLessThanOrEqual(3);
    }
  });

  test("is stopped without waiting for what is being asked", async () => {
    const made = await running();
    made.fleet.net.venueAnswers = () => ({ status: 403, body: "" });
    made.launcher.link.latencyMs = () => 900;
    say(made, answered("api.binance.com", 403, { times: 3, headers: { server: "CloudFront" } }));
    await pass(made, 2_500);
    made.launcher.link.trouble = "hangs";
    made.run.runner.requestStop("TERM");
    await pass(made, 9_000);
    expect(made.run.runner.state.phase).toBe("ended");
  });
});

test("what many bots meet at one moment is judged two at a time, so that the database keeps answering for their leases", async () => {
  const names = ["a", "b", "c", "d", "e", "f"];
  const fleet = await openFleet({
    proxies: Object.fromEntries(names.map((name, n) => [`x-${name}`, `203.0.113.${n + 1}`])),
    accounts: Object.fromEntries(names.map((name) => [name, [`x-${name}`]])),
    hosts: ["host-0"],
  });
  const [launcher] = fleet.launchers as [FleetLauncher];
  for (const { id } of fleet.accounts.values()) await fleet.store.accounts.update(id, { venues: [binance] });
  const benches = names.map((name) => ({ fleet, launcher, run: launchBot(fleet, launcher, name) }));
  const [first] = benches as [Bench];
  while (benches.some((each) => phaseOf(each) !== "running")) await pass(first, 100);
  const { switches } = launcher.link.store;
  const read = switches.read.bind(switches);
  const [reading, seen] = [{ now: 0, most: 0 }, new Set<string>()];
  Object.assign(switches, {
    read: async (...of: Parameters<typeof read>) => {
      reading.now += 1;
      reading.most = Math.max(reading.most, reading.now);
      seen.add(of[0].request.accountId);
      return read(...of).finally(() => (reading.now -= 1));
    },
  });
  launcher.link.latencyMs = () => 200;
  for (const each of benches)
    say(each, answered("api.binance.com", 418, { headers: { "retry-after": "60" } }));
  while (seen.size < names.length) await pass(first, 500);
  expect(reading.most).toBe(2);
});

test("a printed ban counts once the venue refuses our own probe through the same exit too", async () => {
  const made = await running();
  const body = '{"code":-1003,"msg":"Way too much request weight used; IP banned until 1800003600000."}';
  made.fleet.net.venueAnswers = (label) =>
    label === "fra" ? { status: 418, body } : { status: 200, body: "{}" };
  const line = `binance GET https://api.binance.com/api/v3/account?signature=5ecre7 418 ${body}`;
  processOf(made.launcher, made.run)?.print(`${line}\n`);
  await pass(made, 4_000);
  expect(textsOf(made).join("\n")).toContain("leaves fra");
  expect(JSON.stringify(rowsOf(made))).not.toContain("5ecre7");
});

test("what nobody understands on a bot's socket is told, each way of it once and a few in a run", async () => {
  const made = await running();
  const told = () => textsOf(made).filter((text) => text.includes("on its socket"));
  for (const why of ["a report frame of a wrong shape", "a report frame of a wrong shape", "bad JSON"])
    say(made, { type: "refused", why });
  const words = (why: string) =>
    `said something on its socket that is not understood, and that connection was ended: ${why}. Its frames are in docs/inside-bots.md`;
  expect(told()).toEqual([
    expect.stringContaining(words("a report frame of a wrong shape")),
    expect.stringContaining(words("bad JSON")),
  ]);
  for (let n = 0; n < 50; n++) say(made, { type: "refused", why: `"x${n}" before hello` });
  expect(told()).toHaveLength(5);
});
