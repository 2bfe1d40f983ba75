import { describe, expect, test } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { exitKeyOf, type IpAddress } from "../../../../lib/domain/ip.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { accountHistory } from "../../../../lib/operations/exits/exit-history.ts";
import { reviveExit } from "../../../../lib/operations/exits/judge-exit.ts";
import type { SwitchWant } from "../../../../lib/policy/machine/state.ts";
import { processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { operatorBench } from "../../../support/operator/operator-bench.ts";
import { type Bench, bench, labelOf, phaseOf, textsOf } from "../bench.ts";

const binance = "binance" as VenueName;
const burned: Omit<SwitchWant, "retryAtMs"> = {
  cause: "burned",
  reason: "binance banned it.",
  mustLeave: true,
  backOffMs: 0,
};
const slow: typeof burned = {
  ...burned,
  cause: "slow_burn",
  reason: "a tenth of its connections fail.",
  mustLeave: false,
};

/** Alice runs on fra, which is burned at Binance where she trades. */
async function burnedBench(isBurned = true): Promise<Bench> {
  const made = await bench({}, { switchRules: { tenMinutesMs: 60_000 } });
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  const [account] = [...made.fleet.accounts.values()];
  if (account === undefined) throw new Error("no account");
  await made.fleet.store.accounts.update(account.id, { venues: [binance] });
  const run = launchBot(made.fleet, made.launcher, "alice");
  await made.fleet.clock.advance(100);
  const again = { ...made, run };
  expect([phaseOf(again), labelOf(again)]).toEqual(["running", "fra"]);
  if (isBurned) hold(again, "203.0.113.1");
  return again;
}

function hold(
  { fleet }: Bench,
  ip: string,
  state: "burned" | "geo_blocked" = "burned",
  because: "ip_banned" | "operator" = "ip_banned",
): void {
  const exitIp = ip as IpAddress;
  const now = fleet.clock.now();
  const row = { exitKey: exitKeyOf(exitIp), exitIp, venue: binance, state, because } as const;
  const until = {
    untilAt: instant(now + 86_400_000),
    since: now,
    failures: 1,
    nextProbeAt: undefined,
    cleanMs: 0,
  };
  fleet.memory.state.reputations.push({ ...row, ...until });
}

// Files that are loaded only when used take turns that no fake clock counts.
async function pass({ fleet }: Bench, ms: number): Promise<void> {
  for (let left = 5; left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5));
  await fleet.clock.advance(ms / 2);
  for (let left = 5; left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 5));
  await fleet.clock.advance(ms / 2);
}

/** As an operator's command does. */
async function revive({ fleet }: Bench, named: string): Promise<void> {
  const { operator } = operatorBench();
  await reviveExit(
    { ...operator, store: fleet.store, clock: fleet.clock },
    { named, why: undefined },
    undefined,
  );
}

const permitsOf = ({ fleet }: Bench) =>
  fleet.memory.state.permits.map(({ cause, outcome }) => [cause, outcome]);

describe("a switch that is wanted", () => {
  test("moves the bot to a proven exit at which its venue answers, with a permit that is done then", async () => {
    const made = await burnedBench();
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(permitsOf(made)).toEqual([["burned", "done"]]);
    const left = await made.fleet.store.accounts.assignments({ accountId: made.run.account.id });
    const [row] = made.fleet.memory.state.reputations;
    expect(left.find(({ id }) => id.endsWith("fra"))).toMatchObject({
      failures: 0,
      status: "burned",
      cooldownUntil: row?.untilAt,
    });
  });

  test("and each loss is what the history of the account tells of its next exit", async () => {
    const made = await burnedBench();
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("ams");
    const { store } = made.fleet;
    const history = await accountHistory(store, "alice", { limit: 9 });
    expect(history.slice(0, 2).map(({ proxyLabel, why }) => [proxyLabel, why])).toEqual([
      ["ams", "fra was left: binance banned it."],
      ["fra", undefined],
    ]);
  });

  test("is not made where the venue refuses the other exit too: the bot stays, gate open", async () => {
    const made = await burnedBench();
    const process = processOf(made.launcher, made.run);
    made.fleet.net.venueAnswers = () => ({ status: 403, body: "<html>blocked</html>" });
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect([phaseOf(made), labelOf(made), relayOf(made.launcher, made.run).gate]).toEqual([
      "running",
      "fra",
      "open",
    ]);
    expect(processOf(made.launcher, made.run)).toBe(process);
    expect(permitsOf(made)).toEqual([]);
    expect(textsOf(made).at(-1)).toMatch(/stays on fra: another exit is not served by binance now/);
  });

  test("is wanted at the next renewal where an operator burned the exit, and is not where a venue did so for a while", async () => {
    const made = await burnedBench();
    await pass(made, 5_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    made.fleet.memory.state.reputations = [];
    hold(made, "203.0.113.1", "burned", "operator");
    await pass(made, 5_000);
    await pass(made, 2_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(permitsOf(made)).toEqual([["burned", "done"]]);
    expect(textsOf(made).join("\n")).toContain(
      "leaves fra (203.0.113.1): fra (203.0.113.1) was burned at binance by an operator",
    );
  });

  test("is made once the venue serves the other exit again", async () => {
    const made = await burnedBench();
    made.fleet.net.venueAnswers = () => ({ status: 503, body: "" });
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("fra");
    made.fleet.net.venueAnswers = () => ({ status: 200, body: "{}" });
    await pass(made, 140_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("is not made to an exit with the same address, nor to one that is burned itself: the bot is stopped and holds", async () => {
    for (const change of ["same", "burned"]) {
      const made = await burnedBench();
      const ams = made.fleet.net.proxies.get("ams");
      if (ams !== undefined && change === "same") ams.exitIp = "203.0.113.1";
      if (change === "burned") hold(made, "203.0.113.2");
      made.run.runner.wantSwitch(burned);
      await pass(made, 4_000);
      expect([phaseOf(made), processOf(made.launcher, made.run)]).toEqual(["holding", undefined]);
      expect(permitsOf(made)).toEqual([]);
    }
  });

  test("is not made to an exit that is not registered, and says what to type", async () => {
    const made = await burnedBench(false);
    await made.fleet.store.accounts.register(made.run.account.id, {
      exitIps: ["203.0.113.1" as IpAddress],
      at: made.fleet.clock.now(),
      by: "user:maria",
    });
    made.run.runner.wantSwitch(slow);
    await pass(made, 4_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    const said = textsOf(made).at(-1);
    expect(said).toContain("stays on fra: ");
    expect(said).toContain("ams has the exit 203.0.113.2, which is not registered at binance");
    expect(said).toContain("`launch account edit alice --registered LIST`");
  });

  test("is over once nothing is held against the exit any more", async () => {
    const made = await burnedBench(false);
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    expect(textsOf(made).at(-1)).toContain("nothing is held against fra any more");
  });

  test("because of a country stops the bot where its operator declared none", async () => {
    const made = await burnedBench(false);
    hold(made, "203.0.113.1", "geo_blocked");
    made.run.runner.wantSwitch({ ...burned, cause: "geo_blocked" });
    await pass(made, 4_000);
    expect([phaseOf(made), processOf(made.launcher, made.run)]).toEqual(["holding", undefined]);
    expect(textsOf(made).at(-1)).toContain("launch account edit alice --country CODE");
  });

  test("is not made without the database, which keeps no cut from happening", async () => {
    const made = await burnedBench();
    made.launcher.link.trouble = "down";
    made.run.runner.wantSwitch(burned);
    await pass(made, 1_000);
    expect([phaseOf(made), labelOf(made), relayOf(made.launcher, made.run).gate]).toEqual([
      "running",
      "fra",
      "open",
    ]);
    const said = expect.stringMatching(/^stays on fra: the database does not answer/);
    expect(textsOf(made)).toContainEqual(said);
    const fra = made.fleet.net.proxies.get("fra");
    if (fra !== undefined) fra.exitIp = "198.51.100.9";
    void made.run.runner.ask({ verb: "check", by: "user:ann" });
    await made.fleet.clock.advance(6_000);
    expect(relayOf(made.launcher, made.run).gate).not.toBe("open");
  });
});

describe("a budget that is spent", () => {
  async function spentBench(): Promise<Bench> {
    const made = await burnedBench();
    made.run.runner.wantSwitch(burned);
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("ams");
    await revive(made, "203.0.113.1");
    return made;
  }

  test("stops a bot whose exit is burned, says until when it waits, and moves it then", async () => {
    const made = await spentBench();
    hold(made, "203.0.113.2");
    made.run.runner.wantSwitch(burned);
    await pass(made, 4_000);
    expect([phaseOf(made), processOf(made.launcher, made.run)]).toEqual(["holding", undefined]);
    const said =
      /waits until (\d{4}-\d\d-\d\d )?\d\d:\d\d: the account may make 1 planned switch in 1 min, and has/;
    expect(textsOf(made).at(-1)).toMatch(said);
    const { runs } = made.fleet.memory.state;
    const row = runs.at(-1);
    expect(row).toMatchObject({ phase: "holding", reason: expect.stringMatching(said) });
    const waitMs = Number(row?.waitsUntil) - made.fleet.clock.now();
    expect(waitMs).toBeGreaterThan(40_000);
    expect(waitMs).toBeLessThan(60_000);
    await pass(made, 45_000);
    expect(phaseOf(made)).toBe("holding");
    await pass(made, 20_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "fra"]);
    expect(made.fleet.memory.state.runs.at(-1)?.waitsUntil).toBeUndefined();
    expect(permitsOf(made)).toEqual([
      ["burned", "done"],
      ["burned", "done"],
    ]);
  });

  test("lets a bot back onto the exit that it left, once an operator has revived it, and asks no budget", async () => {
    const made = await spentBench();
    hold(made, "203.0.113.2");
    made.run.runner.wantSwitch(burned);
    await pass(made, 4_000);
    expect(phaseOf(made)).toBe("holding");
    await pass(made, 12_000);
    expect(phaseOf(made)).toBe("holding");
    await revive(made, "203.0.113.2");
    await pass(made, 8_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(textsOf(made)).toContainEqual(expect.stringMatching(/nothing is held against ams any more/));
    expect(permitsOf(made)).toEqual([["burned", "done"]]);
  });

  test("leaves a bot where it is that may stay, and says so once", async () => {
    const made = await spentBench();
    for (let times = 3; times > 0; times--) {
      made.run.runner.wantSwitch(slow);
      await pass(made, 8_000);
    }
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(textsOf(made).filter((text) => text.startsWith("stays on ams"))).toHaveLength(1);
  });

  test("is passed by an operator, whose rotation is written down, and by a lost exit", async () => {
    const made = await spentBench();
    void made.run.runner.ask({ verb: "rotate", by: "user:ann" });
    await pass(made, 2_000);
    expect(labelOf(made)).toBe("fra");
    lose(made, "fra");
    await pass(made, 70_000);
    expect(labelOf(made)).toBe("ams");
    expect(permitsOf(made).map(([cause]) => cause)).toEqual(["burned", "operator", "transport"]);
  });
});

function lose({ fleet, launcher, run }: Bench, label: string): void {
  const proxy = fleet.net.proxies.get(label);
  if (proxy !== undefined) proxy.fault = "refused";
  const failure = {
    kind: "refused",
    scope: "upstream",
    message: `${label} refused`,
    status: undefined,
  } as const;
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "api.binance.com:443", failure });
}

describe("a lost exit", () => {
  test("waits for the fleet's pace behind the cut", async () => {
    const made = await burnedBench(false);
    const { permits } = made.fleet.memory.state;
    for (const other of ["dave", "erin", "faye", "gina", "hugo"])
      permits.push({
        id: other as never,
        accountId: other as never,
        kind: "lost",
        cause: "drift",
        at: made.fleet.clock.now(),
        outcome: undefined,
      });
    lose(made, "fra");
    await pass(made, 10_000);
    expect([phaseOf(made), relayOf(made.launcher, made.run).gate]).toEqual(["choosing", "cut"]);
    expect(textsOf(made).at(-1)).toMatch(/^waits \d+ s before it chooses its next exit/);
    await pass(made, 60_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
  });
});

describe("an exit that turns out to be burned only when it is proven", () => {
  test("is not taken at a start", async () => {
    const made = await burnedBench();
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    const run = launchBot(made.fleet, made.launcher, "alice");
    await made.fleet.clock.advance(1_000);
    expect(labelOf({ ...made, run })).toBe("ams");
  });
});
