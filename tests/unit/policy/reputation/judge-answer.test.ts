import { describe, expect, test } from "vitest";
import type { CountryCode } from "../../../../lib/domain/account.ts";
import type { Reputation } from "../../../../lib/domain/reputation/reputation.ts";
import { answerClasses } from "../../../../lib/domain/verdict/answer-class.ts";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { AnswerFacts, SeenAnswer } from "../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../lib/policy/reputation/answer/judge-answer.ts";
import { accountFacts, nowMs } from "../facts.ts";
import {
  alice,
  answer,
  answerFacts,
  binance,
  inMs,
  moment,
  quietGuard,
  reputation,
  scope,
} from "./samples.ts";

const [minute, hour] = [60_000, 3_600_000];

function judge(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  return judgeAnswer(seen, answerFacts(facts), moment());
}

function next<K extends Change["on"]>(changes: readonly Change[], on: K) {
  return changes.filter((change): change is Extract<Change, { readonly on: K }> => change.on === on);
}

/** What the venue answered to a probe of ours through the exit. */
const probed = (exit: AnswerFacts["probes"]["exit"]) => ({ probes: { exit, candidate: "unasked" } }) as const;

const earlier = (kind: string, channel: SeenAnswer["channel"], ms = -5_000, times = 1) => ({
  accountId: alice,
  kind,
  channel,
  times,
  at: inMs(ms),
});

describe("a rate limit", () => {
  test("never moves a bot: it waits on its exit, and the exit shows it", () => {
    const { changes, decision } = judge(answer("rate_limited", { classified: { untilAt: inMs(7_000) } }));
    expect(decision).toEqual({ kind: "wait", untilAt: inMs(7_000), why: "Binance said so." });
    expect(next(changes, "reputation")).toMatchObject([
      { expected: undefined, next: { state: "limited", untilAt: inMs(7_000), failures: 0 } },
    ]);
  });

  test("on a burned exit is waited for until the burn is over", () => {
    const row = reputation({ state: "burned", failures: 1, untilAt: inMs(5 * minute) });
    const { decision } = judge(answer("rate_limited", { classified: { untilAt: inMs(7_000) } }), {
      reputation: row,
    });
    expect(decision).toMatchObject({ kind: "wait", untilAt: inMs(5 * minute) });
  });

  test("is told once while it lasts", () => {
    const first = judge(answer("rate_limited"));
    const [{ event, next: row }] = next(first.changes, "reputation") as [
      Extract<Change, { on: "reputation" }>,
    ];
    expect(event?.message).toBe("fra-1 (203.0.113.7) is rate-limited at binance for 1 min: Binance said so.");
    const again = judge(answer("rate_limited", { classified: { untilAt: inMs(hour) } }), { reputation: row });
    expect(next(again.changes, "reputation")).toMatchObject([
      { expected: { state: "limited" }, event: undefined },
    ]);
  });
});

describe("a ban", () => {
  test("that is explicit and seen well is enough: the exit is burned and left", () => {
    const { changes, decision } = judge(answer("ip_banned", { classified: { untilAt: inMs(hour) } }));
    expect(decision).toEqual({ kind: "leave", cause: "burned", why: "Binance said so.", backOffMs: 0 });
    expect(next(changes, "reputation")).toMatchObject([{ next: { state: "burned", failures: 1 } }]);
    expect(next(changes, "assignment")).toEqual([]);
  });

  test("that ends within five minutes is waited for", () => {
    const seen = answer("ip_banned", { classified: { untilAt: inMs(5 * minute) } });
    expect(judge(seen).decision).toMatchObject({ kind: "wait", untilAt: inMs(5 * minute * 1.1 + 30_000) });
    const longer = answer("ip_banned", { classified: { untilAt: inMs(5 * minute + 1) } });
    expect(judge(longer).decision).toMatchObject({ kind: "leave" });
  });

  test("that a line of output tells of is no verdict: the venue is asked through the same exit", () => {
    const seen = answer("ip_banned", { channel: "output" });
    expect(judge(seen)).toMatchObject({ changes: [], decision: { kind: "probe-venue", through: "exit" } });
    const passed = judge(seen, { probes: { exit: "passed", candidate: "unasked" } });
    expect(passed).toEqual({ changes: [], decision: { kind: "none" } });
    const silent = judge(seen, { probes: { exit: "silent", candidate: "unasked" } });
    expect(silent).toEqual({ changes: [], decision: { kind: "none" } });
    const failed = judge(seen, { probes: { exit: "failed", candidate: "unasked" } });
    expect(failed.decision).toMatchObject({ kind: "leave", cause: "burned" });
  });

  test("that two weak channels tell of independently counts, and twice by one of them does not", () => {
    const seen = answer("ip_banned", { channel: "output" });
    expect(judge(seen, { earlier: [earlier("ip_banned", "relay")] }).decision).toMatchObject({
      kind: "leave",
    });
    expect(judge(seen, { earlier: [earlier("ip_banned", "output")] }).decision).toMatchObject({
      kind: "probe-venue",
    });
    const old = earlier("ip_banned", "relay", -30_000);
    expect(judge(seen, { earlier: [old] }).decision).toMatchObject({ kind: "probe-venue" });
    expect(judge(seen, { earlier: [earlier("rate_limited", "relay")] }).decision).toMatchObject({
      kind: "probe-venue",
    });
  });

  test("that the bot earned itself stops it first, longer with each ban of a day", () => {
    const limited = { earlier: [earlier("rate_limited", "inside", -9 * minute)] };
    expect(judge(answer("ip_banned"), limited).decision).toMatchObject({ kind: "leave", backOffMs: minute });
    expect(judge(answer("ip_banned"), { burnsOfDay: 2 }).decision).toMatchObject({ backOffMs: 4 * minute });
    expect(judge(answer("ip_banned"), { burnsOfDay: 9 }).decision).toMatchObject({ backOffMs: hour });
    const others = { earlier: [{ ...earlier("rate_limited", "inside"), accountId: "another" }] };
    expect(judge(answer("ip_banned"), others).decision).toMatchObject({ backOffMs: 0 });
    const long = { earlier: [earlier("rate_limited", "inside", -10 * minute)] };
    expect(judge(answer("ip_banned"), long).decision).toMatchObject({ backOffMs: 0 });
  });

  test("is not held against an exit after an operator revived it, by what was seen before", () => {
    const revived = reputation({ because: "operator", since: inMs(0) });
    expect(judge(answer("ip_banned", { at: inMs(-1) }), { reputation: revived })).toEqual({
      changes: [],
      decision: { kind: "none" },
    });
    expect(judge(answer("rate_limited", { at: inMs(-1) }), { reputation: revived }).changes).toEqual([]);
    for (const ms of [0, 1])
      expect(judge(answer("ip_banned", { at: inMs(ms) }), { reputation: revived }).decision).toMatchObject({
        kind: "leave",
      });
  });

  test("names the exit, the venue, the time and who said it in the history", () => {
    const [change] = next(
      judge(answer("ip_banned", { classified: { untilAt: inMs(2 * hour) } })).changes,
      "reputation",
    );
    expect(change?.event).toMatchObject({
      kind: "reputation.burned",
      severity: "warning",
      message: "fra-1 (203.0.113.7) is burned at binance for 2 h 12 min: Binance said so.",
      evidence: { channel: "inside", class: "ip_banned", rule: "binance/test", venue: "binance" },
    });
  });
});

describe("a firewall's block", () => {
  const third = { earlier: [earlier("waf_blocked", "inside"), earlier("waf_blocked", "inside")] };

  test("counts when it came three times within half a minute", () => {
    expect(judge(answer("waf_blocked"))).toEqual({ changes: [], decision: { kind: "none" } });
    expect(judge(answer("waf_blocked", { times: 2 }))).toMatchObject({ decision: { kind: "none" } });
    expect(judge(answer("waf_blocked", { times: 3 })).decision).toMatchObject({
      kind: "probe-venue",
      through: "candidate",
    });
    expect(judge(answer("waf_blocked"), third).decision).toMatchObject({
      kind: "probe-venue",
      through: "candidate",
    });
    const old = { earlier: [earlier("waf_blocked", "inside", -30_000), earlier("waf_blocked", "inside")] };
    expect(judge(answer("waf_blocked"), old).decision).toEqual({ kind: "none" });
  });

  test("counts only when the venue serves a candidate", () => {
    const passed = judge(answer("waf_blocked"), {
      ...third,
      probes: { exit: "unasked", candidate: "passed" },
    });
    expect(passed.decision).toMatchObject({ kind: "leave", cause: "burned" });
    expect(next(passed.changes, "reputation")).toMatchObject([
      { next: { because: "waf_blocked", untilAt: inMs(30 * minute) } },
    ]);
    const failed = judge(answer("waf_blocked"), {
      ...third,
      probes: { exit: "unasked", candidate: "failed" },
    });
    expect(failed).toEqual({ changes: [], decision: { kind: "none" } });
  });

  test("on probation counts with the first", () => {
    const facts = {
      reputation: reputation({ state: "probation", failures: 1 }),
      probes: { exit: "unasked", candidate: "passed" },
    } as const;
    const { changes, decision } = judge(answer("waf_blocked"), facts);
    expect(decision).toMatchObject({ kind: "leave" });
    expect(next(changes, "reputation")).toMatchObject([{ next: { state: "burned", failures: 2 } }]);
  });

  test("on probation that nobody has written yet counts with the first too", () => {
    const row = reputation({ state: "burned", failures: 1, untilAt: nowMs });
    const { decision } = judge(answer("ip_banned", { channel: "output" }), { reputation: row });
    expect(decision).toMatchObject({ kind: "leave" });
  });
});

describe("a place that is not served", () => {
  test("stops the bot where the operator declared no country: nobody goes round a block on their own", () => {
    const { changes, decision } = judge(answer("geo_blocked"), probed("failed"));
    expect(decision).toMatchObject({
      kind: "stop",
      hint: expect.stringContaining("launch account edit alice --country CODE"),
    });
    expect(next(changes, "reputation")).toMatchObject([
      { next: { state: "geo_blocked", untilAt: undefined } },
    ]);
  });

  test("leads to an exit in a declared country", () => {
    const account = accountFacts({ venues: [binance], allowedCountries: ["DE" as CountryCode] });
    expect(judge(answer("geo_blocked"), { account, ...probed("failed") }).decision).toMatchObject({
      kind: "leave",
      cause: "geo_blocked",
    });
  });
});

describe("during an incident", () => {
  test.each([
    ["of the venue", quietGuard({ venues: [scope("binance", 20, 8)] })],
    ["of the exit's vendor", quietGuard({ vendors: [scope("vendor-a", 10, 6)] })],
    [
      "of this host",
      quietGuard({ host: { hostKey: "here", vendors: [scope("a", 2, 2), scope("b", 2, 2)] } }),
    ],
  ])("%s nothing is held against an exit and nobody moves, and the incident is told once", (_of, guard) => {
    for (const answerClass of ["ip_banned", "waf_blocked", "geo_blocked", "rate_limited"] as const) {
      const { changes, decision } = judge(answer(answerClass, { times: 9 }), { guard });
      expect(decision).toEqual({ kind: "none" });
      expect(changes.map(({ on }) => on)).toEqual(["incident"]);
      expect(changes[0]).toMatchObject({ event: { kind: "incident.opened" } });
    }
  });

  test("of another venue, vendor or host a ban counts", () => {
    const guard = quietGuard({ venues: [scope("bybit", 20, 8)], vendors: [scope("vendor-b", 10, 6)] });
    expect(judge(answer("ip_banned"), { guard }).decision).toMatchObject({ kind: "leave" });
  });

  test("that lasts, it is told no second time", () => {
    const guard = quietGuard({ venues: [scope("binance", 20, 8)] });
    const open = next(judge(answer("ip_banned"), { guard }).changes, "incident").map((change) => change.next);
    const again = judge(answer("ip_banned"), { guard: { ...guard, open } });
    expect(again.changes).toMatchObject([{ on: "incident", next: { since: nowMs } }]);
    expect(next(again.changes, "incident")[0]?.event).toBeUndefined();
    expect(judge(answer("ip_banned"), { guard: quietGuard({ open }) }).changes).toEqual([]);
  });
});

describe("answers that say nothing", () => {
  test.each(["ok", "unknown", "venue_trouble"] as const)("%s is evidence and no verdict", (answerClass) => {
    expect(judge(answer(answerClass))).toEqual({ changes: [], decision: { kind: "none" } });
  });

  const burned = reputation({
    state: "burned",
    because: "ip_banned",
    failures: 2,
    untilAt: inMs(600_000),
  });
  const said = (channel: "report" | "operator", row: Reputation) =>
    next(judge(answer("ok", { channel }), { reputation: row }).changes, "reputation");

  test("but a bot's own word that all is well ends what its venue said, and forgives no failure", () => {
    expect(said("report", burned)).toMatchObject([
      {
        next: { state: "clear", failures: 2, because: undefined, untilAt: undefined },
        event: { kind: "reputation.clear" },
      },
    ]);
    expect(judge(answer("ok"), { reputation: burned }).changes).toEqual([]);
  });

  test.each([
    ["an operator burned", { because: "operator" }],
    ["an operator burned until it is revived", { because: "operator", untilAt: undefined }],
    ["that was burned for the fifth time", { failures: 5, untilAt: undefined }],
    ["whose country the venue does not serve", { state: "geo_blocked", untilAt: undefined }],
  ] as const)("a bot's word revives no exit %s; an operator's does", (_which, change) => {
    const row = reputation({ ...burned, ...change });
    expect(said("report", row)).toEqual([]);
    expect(said("operator", row)).toMatchObject([{ next: { state: "clear", failures: 0 } }]);
  });
});

describe("a report", () => {
  test("of an operator that burns an exit is lifted by no bot", () => {
    const { changes } = judge(answer("ip_banned", { channel: "operator" }));
    const [change] = next(changes, "reputation");
    expect(change?.next).toMatchObject({ state: "burned", because: "operator" });
    expect(judge(answer("ok", { channel: "report" }), { reputation: change?.next }).changes).toEqual([]);
  });

  test("of an operator stands behind a burn that is known, too", () => {
    const row = reputation({ state: "burned", because: "ip_banned", failures: 1, untilAt: inMs(600_000) });
    const { changes } = judge(answer("ip_banned", { channel: "operator" }), { reputation: row });
    expect(next(changes, "reputation")).toMatchObject([
      { next: { because: "operator", failures: 1 }, event: undefined },
    ]);
  });
});

test("no class but a burn or a blocked place ever makes a bot leave its exit", () => {
  const leaving = answerClasses.filter((answerClass) => {
    const facts = answerFacts({
      account: accountFacts({ allowedCountries: ["DE" as CountryCode] }),
      probes: { exit: "passed", candidate: "passed" },
      exitSeen: "matches",
      burnsOfDay: 4,
    });
    return judgeAnswer(answer(answerClass, { times: 9 }), facts, moment()).decision.kind === "leave";
  });
  expect(leaving).toEqual(["ip_banned", "waf_blocked", "geo_blocked"]);
});
