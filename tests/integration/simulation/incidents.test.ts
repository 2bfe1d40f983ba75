import { describe, expect, test } from "vitest";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import { Fleet } from "../../support/simulation/fleet.ts";
import { exitNumber, keyOf, type Layout, layOut, venue } from "../../support/simulation/layout.ts";
import { type NaiveResult, runNaive } from "../../support/simulation/naive.ts";
import { type Fault, type FaultKind, World } from "../../support/simulation/world.ts";

const [minute, hour] = [60, 3_600];
const fleet20 = layOut({ accounts: 20, exitsEach: 3, hosts: 1, sharedBy: 1 });

/** Ten minutes after the start, for so long. */
function fault(kind: FaultKind, lastsS: number, fromS = 10 * minute): Fault {
  return { ...kind, from: fromS, to: fromS + lastsS };
}

/** The real policy and the naive one in the same world, until half an hour after the last fault. */
function play(
  faults: readonly Fault[],
  layout: Layout = fleet20,
): { readonly fleet: Fleet; readonly naive: NaiveResult } {
  const toS = Math.max(...faults.map(({ to }) => to)) + 30 * minute;
  const fleet = new Fleet(layout, new World(faults, 1));
  const known = fleet.pairs;
  fleet.run(0, toS);
  expect(fleet.violations).toEqual([]);
  expect(fleet.idle).toEqual([]);
  expect(fleet.pairs - known).toBe(new Set(fleet.moves.map(({ account, to }) => `${account} ${to}`)).size);
  return { fleet, naive: runNaive(layout, new World(faults, 1), toS) };
}

describe("20 accounts on 3 exits each, of two vendors", () => {
  test("all refused by the venue for ten minutes: nobody moves, and no exit is blamed", () => {
    const { fleet, naive } = play([fault({ kind: "venue", venue, says: "waf_blocked" }, 10 * minute)]);
    expect([fleet.moves.length, fleet.restarts, fleet.desk.database.verdicts]).toEqual([0, 0, []]);
    expect(naive).toMatchObject({ moves: 1_200, newPairs: 40 });
  });

  test("all banned by the venue at once: nobody moves either", () => {
    const { fleet, naive } = play([fault({ kind: "venue", venue, says: "ip_banned" }, 10 * minute)]);
    // The first few are believed before the guard sees the others; they wait where they are, for no candidate is served.
    expect([fleet.moves.length, fleet.pairs]).toEqual([0, 20]);
    expect(fleet.restarts).toBeLessThanOrEqual(4);
    expect(naive.moves).toBeGreaterThan(1_000);
  });

  test("without their own uplink for five minutes: nobody moves, and no proxy is blamed", () => {
    const { fleet, naive } = play([fault({ kind: "uplink", host: "host-0" }, 5 * minute)]);
    expect([fleet.moves.length, fleet.restarts, fleet.desk.database.verdicts]).toEqual([0, 0, []]);
    expect(naive).toMatchObject({ moves: 600, newPairs: 40 });
  });

  test("with one vendor down for a quarter of an hour: those on it move to the other, once, at the fleet's pace", () => {
    const { fleet, naive } = play([fault({ kind: "vendor", provider: "vendor-a" }, 15 * minute)]);
    const { moves } = fleet;
    expect(moves).toHaveLength(10);
    expect(new Set(moves.map(({ account }) => account)).size).toBe(10);
    const vendorOf = (key: string | undefined) =>
      fleet20.proxies.find(({ expectedIp }) => expectedIp !== undefined && keyOf(expectedIp) === key)
        ?.provider;
    expect(new Set(moves.map(({ from, to }) => `${vendorOf(from)} to ${vendorOf(to)}`))).toEqual(
      new Set(["vendor-a to vendor-b"]),
    );
    for (const { atS } of moves)
      expect(
        moves.filter((other) => other.atS > atS - minute && other.atS <= atS).length,
      ).toBeLessThanOrEqual(switchDefaults.fleetLeastLost);
    expect(naive.mostInAMinute).toBe(10);
    expect(fleet.desk.database.verdicts).toEqual([]);
  });

  test("with one exit banned for two hours: one moves", () => {
    const exitKey = keyOf(exitNumber(3));
    const { fleet, naive } = play([
      fault({ kind: "exit", exitKey, venue, says: "ip_banned", isNamed: true }, 2 * hour),
    ]);
    expect(fleet.moves).toMatchObject([{ account: "account-3", from: exitKey, cause: "burned" }]);
    // Here the naive one does as well: it is right to move.
    expect(naive).toMatchObject({ moves: 1, newPairs: 1 });
  });

  test("with one account rate-limited for a minute: it stays", () => {
    const { fleet, naive } = play([fault({ kind: "rate-limit", account: "account-3" }, minute)]);
    expect([fleet.moves.length, fleet.restarts]).toEqual([0, 0]);
    expect(naive).toMatchObject({ moves: 6, newPairs: 2 });
  });

  test("on exits that all fail in 15 of 100 connections: none is restarted", () => {
    const { fleet, naive } = play([fault({ kind: "flaky", share: 0.15, proxy: undefined }, 6 * hour, 0)]);
    expect(fleet.restarts).toBe(0);
    expect(naive.moves).toBeGreaterThan(10_000);
    expect(naive.newPairs).toBe(40);
  });
});

describe("launchers on three hosts", () => {
  const layout = layOut({ accounts: 20, exitsEach: 3, hosts: 3, sharedBy: 1 });

  test("of which one has no network for ten minutes: no verdict changes, and nobody moves", () => {
    const { fleet, naive } = play([fault({ kind: "uplink", host: "host-1" }, 10 * minute)], layout);
    expect([fleet.moves.length, fleet.restarts, fleet.desk.database.verdicts]).toEqual([0, 0, []]);
    expect(naive.moves).toBeGreaterThan(300);
  });
});

describe("one account alone", () => {
  const layout = layOut({ accounts: 1, exitsEach: 6, hosts: 1, sharedBy: 1 });

  test("with four proxies that die within a day runs on the next ones: lost exits have no budget", () => {
    const faults = [2, 5, 5.2, 11].map((hours, n): Fault => {
      const proxy = layout.proxies[n]?.id ?? "";
      return { kind: "dead", proxy, from: hours * hour, to: 30 * hour };
    });
    const { fleet } = play(faults, layout);
    expect(fleet.moves.map(({ cause }) => cause)).toEqual(["lost", "lost", "lost", "lost"]);
  });

  test("is too few for a guard: a candidate's probe of the venue takes its place", () => {
    const { fleet, naive } = play(
      [fault({ kind: "venue", venue, says: "waf_blocked" }, 10 * minute)],
      layout,
    );
    expect([fleet.moves.length, fleet.restarts, fleet.desk.database.verdicts]).toEqual([0, 0, []]);
    expect(naive.newPairs).toBe(5);
  });

  test("that a venue refuses on every exit in turn spends its budget, and then waits without any", () => {
    const faults = layout.proxies.map((_, n): Fault => {
      const exitKey = keyOf(exitNumber(n));
      return {
        kind: "exit",
        exitKey,
        venue,
        says: "ip_banned",
        isNamed: true,
        from: n * 15 * minute,
        to: 20 * hour,
      };
    });
    const toS = 12 * hour;
    const fleet = new Fleet(layout, new World(faults, 1));
    fleet.run(0, toS);
    expect(fleet.moves).toHaveLength(3);
    expect(fleet.idle).toEqual(["account-0"]);
    expect(runNaive(layout, new World(faults, 1), toS).newPairs).toBe(5);
  });
});
