import { describe, expect, test } from "vitest";
import type { IpAddress } from "../../../../lib/domain/ip.ts";
import { accountHistory } from "../../../../lib/operations/exits/exit-history.ts";
import { processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { labelOf, phaseOf, textsOf } from "../bench.ts";
import { burned, burnedBench, hold, lose, pass, permitsOf, slow } from "./switching-bench.ts";

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
