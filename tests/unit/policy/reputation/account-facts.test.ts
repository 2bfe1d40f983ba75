import { describe, expect, test } from "vitest";
import { parseChangeLimit } from "../../../../lib/domain/reputation/registration.ts";
import { nextAcceptance } from "../../../../lib/policy/reputation/acceptance.ts";
import { accountStateOf } from "../../../../lib/policy/reputation/account-state.ts";
import { isRegistered, nextChangeAt } from "../../../../lib/policy/reputation/registration.ts";
import { isSlowBurn } from "../../../../lib/policy/reputation/slow-burn.ts";
import {
  burnedUntil,
  exitOfCandidate,
  isAccepted,
} from "../../../../lib/policy/reputation/venue-findings.ts";
import { accountFacts, candidateFacts, exit, nowMs } from "../facts.ts";
import { alice, binance, exitIp, exitKey, inMs, reputation, rules } from "./samples.ts";

const day = 86_400_000;

describe("registered exits", () => {
  const list = (...keys: string[]) => keys.map((exitKey) => ({ exitKey, until: undefined }));

  test("are all that an account with a list may use, in each address family", () => {
    expect(isRegistered([exit("203.0.113.9")], [])).toBe(true);
    expect(isRegistered([exit("203.0.113.7")], list("203.0.113.7", "203.0.113.8"))).toBe(true);
    expect(isRegistered([exit("203.0.113.9")], list("203.0.113.7"))).toBe(false);
    expect(isRegistered([exit("203.0.113.7"), exit("2001:db8::1")], list("203.0.113.7"))).toBe(false);
    expect(isRegistered([exit("2001:db8::1")], list("2001:db8::/64"))).toBe(true);
  });

  test("that were taken off the list are no list", () => {
    const gone = [{ exitKey: "203.0.113.7", until: nowMs }];
    expect(isRegistered([exit("203.0.113.9")], gone)).toBe(true);
    expect(isRegistered([exit("203.0.113.7")], [...gone, ...list("203.0.113.8")])).toBe(false);
  });

  test.each([
    ["1/7d", { most: 1, withinMs: 7 * day }],
    [" 2/24h ", { most: 2, withinMs: day }],
    ["0/7d", undefined],
    ["1/7", undefined],
    ["once a week", undefined],
  ])("may be changed as often as %j says", (text, limit) => {
    expect(parseChangeLimit(text)).toEqual(limit);
  });

  test("may be changed again once the last change is old enough; the first list is none", () => {
    const first = { from: inMs(-30 * day), until: undefined };
    expect(nextChangeAt([first], undefined, nowMs)).toBeUndefined();
    expect(nextChangeAt([], "1/7d", nowMs)).toBe(nowMs);
    expect(nextChangeAt([first, first], "1/7d", nowMs)).toBe(nowMs);
    expect(nextChangeAt([{ from: inMs(-day), until: undefined }], "1/7d", nowMs)).toBe(nowMs);
    const swapped = [{ ...first, until: inMs(-2 * day) }, first, { from: inMs(-2 * day), until: undefined }];
    expect(nextChangeAt(swapped, "1/7d", nowMs)).toBe(inMs(5 * day));
    expect(nextChangeAt(swapped, "2/7d", nowMs)).toBe(nowMs);
    expect(nextChangeAt(swapped, "1/1d", nowMs)).toBe(nowMs);
    expect(nextChangeAt([first, { ...first, until: inMs(-2 * day) }], "1/7d", nowMs)).toBe(inMs(5 * day));
  });
});

test.each([
  ["running", undefined, "running"],
  ["running", 1, "waiting"],
  ["running", 0, "running"],
  ["holding", 1, "waiting"],
  ["holding", undefined, "no_exit"],
  ["backing_off", undefined, "waiting"],
  ["starting", undefined, "switching"],
  ["proving", undefined, "switching"],
  ["switching", undefined, "switching"],
  ["stopping", undefined, "stopped"],
  ["ended", undefined, "stopped"],
  [undefined, 1, "stopped"],
] as const)("an account whose run is %s, with a pause of %s ms ahead, is %s", (phase, ms, state) => {
  const waitsUntil = ms === undefined ? undefined : inMs(ms);
  expect(accountStateOf({ isHeld: false, phase, waitsUntil }, nowMs)).toBe(state);
  expect(accountStateOf({ isHeld: true, phase, waitsUntil }, nowMs)).toBe("held");
});

test.each([
  ["unknown", "signed-success", "accepted"],
  ["unknown", "allowed", "accepted"],
  ["unknown", "not-registered", "refused"],
  ["accepted", "signed-success", undefined],
  ["accepted", "allowed", undefined],
  ["accepted", "not-registered", "refused"],
  ["refused", "signed-success", "accepted"],
  ["refused", "allowed", "accepted"],
  ["refused", "not-registered", undefined],
] as const)("an exit whose acceptance is %s is after %s: %s", (known, signal, state) => {
  const seen = { accountId: alice, venue: binance, exitKey, exitIp, why: "said", at: nowMs };
  const current = known === "unknown" ? undefined : ({ ...seen, state: known, by: "answer" } as const);
  const by = signal === "allowed" ? "operator" : "answer";
  expect(nextAcceptance(current, signal, seen)).toEqual(state && { ...seen, state, by });
});

describe("the exit of an account with two venues", () => {
  const bybit = "bybit" as typeof binance;
  const account = accountFacts({ venues: [binance, bybit] });
  const burned = (venue: typeof binance, untilAt: ReturnType<typeof inMs> | undefined) =>
    reputation({ venue, state: "burned", untilAt });

  test("is refused until the last of them serves it again, and without an end where one says none", () => {
    const both = [burned(binance, inMs(2)), burned(bybit, inMs(1))];
    expect(burnedUntil(both, account, nowMs)).toEqual({ known: true, untilAt: inMs(2) });
    expect(burnedUntil([burned(bybit, undefined), ...both], account, nowMs)).toEqual({
      known: true,
      untilAt: undefined,
    });
    expect(burnedUntil(both, account, inMs(2))).toEqual({ known: false, untilAt: undefined });
    const blocked = reputation({ state: "geo_blocked", untilAt: inMs(5) });
    expect(burnedUntil([blocked], account, nowMs)).toEqual({ known: true, untilAt: inMs(5) });
  });

  test("is accepted once each of them takes the key from there", () => {
    const row = { accountId: alice, exitKey, exitIp, by: "answer", why: "", at: nowMs } as const;
    const at = (venue: typeof binance) => ({ ...row, venue, state: "accepted" }) as const;
    expect(isAccepted(candidateFacts(1, { acceptances: [at(binance)] }), account)).toBe(false);
    expect(isAccepted(candidateFacts(1, { acceptances: [at(binance), at(bybit)] }), account)).toBe(true);
  });

  test("is the one that was seen last, whatever address was expected", () => {
    const expected = { proxy: { expectedIp: exit("203.0.113.9") } };
    expect(exitOfCandidate(candidateFacts(1, { ...expected, lastExitIp: exitIp }))).toBe(exitIp);
    expect(exitOfCandidate(candidateFacts(1, expected))).toBe("203.0.113.9");
  });
});

test("an exit that fails too often is left once enough was seen", () => {
  expect(isSlowBurn({ good: 89, failed: 11 }, rules)).toBe(true);
  expect(isSlowBurn({ good: 90, failed: 10 }, rules)).toBe(false);
  expect(isSlowBurn({ good: 9, failed: 10 }, rules)).toBe(false);
  expect(isSlowBurn({ good: 17, failed: 3 }, rules)).toBe(true);
  expect(isSlowBurn({ good: 0, failed: 0 }, { ...rules, slowBurnLeast: 0 })).toBe(false);
});
