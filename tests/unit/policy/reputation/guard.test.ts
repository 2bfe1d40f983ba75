import { describe, expect, test } from "vitest";
import type { GuardFacts, Incident } from "../../../../lib/domain/reputation/incident.ts";
import {
  incidentOfHost,
  incidentOfVendor,
  incidentsIn,
  incidentThatHolds,
} from "../../../../lib/policy/reputation/guard.ts";
import { nowMs } from "../facts.ts";
import { binance, inMs, quietGuard, rules, scope } from "./samples.ts";

function seen(change: Partial<GuardFacts>) {
  return incidentsIn(quietGuard(change), rules, nowMs).map(({ kind, name }) => `${kind} ${name}`);
}

describe("a venue's incident", () => {
  test.each([
    [20, 6, true],
    [20, 5, false],
    [5, 3, true],
    [5, 2, false],
    [2, 2, false],
    [30, 9, true],
  ])("of %i running accounts, %i that fail on different exits make one: %s", (running, failing, is) => {
    expect(seen({ venues: [scope("binance", running, failing)] })).toEqual(is ? ["venue binance"] : []);
  });

  test("is not made by many accounts on one exit", () => {
    const many = scope("binance", 20, 8);
    const failing = many.failing.map((one) => ({ ...one, exitKey: "198.51.100.1" }));
    expect(seen({ venues: [{ ...many, failing }] })).toEqual([]);
  });

  test("counts the first failure of each, and none that is older than the window", () => {
    expect(seen({ venues: [scope("binance", 20, 6, inMs(-14_999))] })).toEqual(["venue binance"]);
    expect(seen({ venues: [scope("binance", 20, 6, inMs(-15_000))] })).toEqual([]);
  });

  test("has the share that is set, although computers do not multiply exactly", () => {
    const venues = [scope("binance", 100, 7)];
    const told = incidentsIn(quietGuard({ venues }), { ...rules, venueShare: 0.07 }, nowMs);
    expect(told).toHaveLength(1);
  });

  test("says how many of how many", () => {
    const [incident] = incidentsIn(quietGuard({ venues: [scope("binance", 20, 7)] }), rules, nowMs);
    expect(incident).toMatchObject({
      why: "7 of 20 accounts at binance fail on different exits",
      since: nowMs,
      untilAt: inMs(60_000),
    });
  });

  test("never says more than all, where those that failed were stopped since", () => {
    const told = incidentsIn(
      quietGuard({ venues: [scope("binance", 1, 4)], vendors: [scope("vendor-a", 1, 4)] }),
      rules,
      nowMs,
    );
    expect(told.map(({ why }) => why)).toEqual([
      "4 of 4 accounts at binance fail on different exits",
      "4 of 4 exits of vendor-a fail",
    ]);
  });
});

describe("a vendor's incident", () => {
  test.each([
    [10, 5, true],
    [10, 4, false],
    [2, 2, true],
    [2, 1, false],
    [1, 1, false],
  ])("of %i leased exits, %i that fail make one: %s", (exits, failing, is) => {
    expect(seen({ vendors: [scope("vendor-a", exits, failing)] })).toEqual(is ? ["vendor vendor-a"] : []);
  });
});

describe("a host's incident", () => {
  const host = (...vendors: GuardFacts["host"]["vendors"]) => ({ hostKey: "here", vendors });

  test("is one when no vendor that it uses can be reached, at least two", () => {
    expect(seen({ host: host(scope("a", 3, 3), scope("b", 4, 2)) })).toEqual(["host here"]);
    expect(seen({ host: host(scope("a", 3, 3)) })).toEqual([]);
    expect(seen({ host: host(scope("a", 1, 1), scope("b", 1, 1)) })).toEqual(["host here"]);
  });

  test("is none while most exits of each vendor answer", () => {
    expect(seen({ host: host(scope("a", 4, 1), scope("b", 4, 1)) })).toEqual([]);
  });

  test("is none where nothing fails, whatever share is set", () => {
    const facts = quietGuard({ host: host(scope("a", 3, 0), scope("b", 3, 0)) });
    expect(incidentsIn(facts, { ...rules, vendorShare: 0 }, nowMs)).toEqual([]);
  });

  test("is none while one vendor answers, or where nothing is used", () => {
    expect(seen({ host: host(scope("a", 3, 3), scope("b", 3, 3), scope("c", 3, 0)) })).toEqual([]);
    expect(seen({ host: host(scope("a", 3, 3), scope("b", 0, 0)) })).toEqual([]);
    expect(seen({ host: host(scope("a", 3, 3), scope("b", 3, 3), scope("c", 0, 0)) })).toEqual(["host here"]);
    expect(seen({})).toEqual([]);
  });

  test("tells that what it sees of venues and vendors tells nothing of them", () => {
    const vendors = [scope("a", 7, 7), scope("b", 7, 7)];
    expect(seen({ host: host(...vendors), vendors, venues: [scope("binance", 14, 14)] })).toEqual([
      "host here",
    ]);
  });
});

describe("an incident that was seen before", () => {
  const open: Incident = {
    kind: "venue",
    name: "binance",
    since: inMs(-300_000),
    untilAt: inMs(1),
    why: "8 of 20",
  };

  test("lasts until its time, also when nobody fails any more", () => {
    expect(incidentsIn(quietGuard({ open: [open] }), rules, nowMs)).toEqual([open]);
    expect(incidentsIn(quietGuard({ open: [open] }), rules, inMs(1))).toEqual([]);
  });

  test("lasts longer when it is seen again, and began when it began", () => {
    const facts = quietGuard({ open: [open], venues: [scope("binance", 20, 6)] });
    expect(incidentsIn(facts, rules, nowMs)).toMatchObject([
      {
        since: open.since,
        untilAt: inMs(60_000),
        why: "6 of 20 accounts at binance fail on different exits",
      },
    ]);
  });

  test("of a vendor that is called like the venue is another one", () => {
    const vendor: Incident = { ...open, kind: "vendor" };
    const facts = quietGuard({ open: [vendor], venues: [scope("binance", 20, 6)] });
    expect(incidentsIn(facts, rules, nowMs)).toMatchObject([{ kind: "venue", since: nowMs }, vendor]);
  });

  test("holds the accounts of its venue or host, and those of any venue", () => {
    const on = { venues: [binance], hostKey: "here" };
    const host: Incident = { ...open, kind: "host", name: "here" };
    const vendor: Incident = { ...open, kind: "vendor", name: "vendor-a" };
    expect(incidentThatHolds([open], on)).toBe(open);
    expect(incidentThatHolds([open], { ...on, venues: ["any" as typeof binance] })).toBe(open);
    expect(incidentThatHolds([open], { ...on, venues: ["bybit" as typeof binance, binance] })).toBe(open);
    expect(incidentThatHolds([open], { ...on, venues: ["bybit" as typeof binance] })).toBeUndefined();
    expect(incidentThatHolds([host], on)).toBe(host);
    expect(incidentThatHolds([host], { ...on, hostKey: "there" })).toBeUndefined();
    expect(incidentThatHolds([vendor], on)).toBeUndefined();
    expect(incidentThatHolds([vendor], { ...on, venues: ["any" as typeof binance] })).toBeUndefined();
    expect(incidentOfHost([open, host], "here")).toBe(host);
    expect(incidentOfHost([{ ...open, name: "here" }, host], "there")).toBeUndefined();
    expect(incidentOfHost([{ ...open, name: "here" }], "here")).toBeUndefined();
    expect(incidentOfVendor([open, vendor], "vendor-a")).toBe(vendor);
    expect(incidentOfVendor([vendor], undefined)).toBeUndefined();
  });
});
