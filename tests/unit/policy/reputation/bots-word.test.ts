import { describe, expect, test } from "vitest";
import type { Reputation } from "../../../../lib/domain/reputation/reputation.ts";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { AnswerFacts, SeenAnswer } from "../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../lib/policy/reputation/answer/judge-answer.ts";
import { alice, answer, answerFacts, inMs, moment, reputation } from "./samples.ts";

const [minute, hour] = [60_000, 3_600_000];

function judge(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  return judgeAnswer(seen, answerFacts(facts), moment());
}

function next<K extends Change["on"]>(changes: readonly Change[], on: K) {
  return changes.filter((change): change is Extract<Change, { readonly on: K }> => change.on === on);
}

/** What the venue answered to a probe of ours through the exit. */
const probed = (exit: AnswerFacts["probes"]["exit"]) => ({ probes: { exit, candidate: "unasked" } }) as const;

describe("a ban", () => {
  test("that may be for good, the fifth, is made sure of by a probe of ours, whatever the bot's answers say", () => {
    const fourth = { reputation: reputation({ state: "probation", failures: 4 }) };
    for (const channel of ["inside", "output", "report"] as const) {
      const seen = answer("ip_banned", { channel });
      expect(judge(seen, fourth).decision).toMatchObject({ kind: "probe-venue", through: "exit" });
      const row = (exit: "failed" | "passed" | "silent") =>
        next(judge(seen, { ...fourth, ...probed(exit) }).changes, "reputation")[0]?.next;
      expect(row("failed")).toMatchObject({ state: "burned", failures: 5, untilAt: undefined });
      for (const exit of ["passed", "silent"] as const) {
        expect(row(exit)).toMatchObject({ state: "burned", failures: 4 });
        expect(row(exit)?.untilAt).toBeDefined();
      }
    }
  });

  test("whose true end comes later is told again: the history ends up with the time that counts", () => {
    const known = judge(answer("ip_banned", { classified: { untilAt: inMs(2 * minute) } }));
    const [{ next: row }] = next(known.changes, "reputation") as [Extract<Change, { on: "reputation" }>];
    const longer = (ms: number) => answer("ip_banned", { classified: { untilAt: inMs(ms) } });
    const told = { reputation: row, told: ["reputation.burned"] };
    const [change] = next(judge(longer(2 * hour), told).changes, "reputation");
    expect(change?.event?.message).toBe(
      "fra-1 (203.0.113.7) is burned at binance for 2 h 12 min: Binance said so.",
    );
    const little = next(judge(longer(3 * minute), told).changes, "reputation");
    expect(little).toMatchObject([{ next: { state: "burned" }, event: undefined }]);
    const later = next(judge(longer(3 * minute), { ...told, told: [] }).changes, "reputation");
    expect(later[0]?.event?.kind).toBe("reputation.burned");
    expect(judge(longer(minute), told).changes).toEqual([]);
  });
});

test("a ban that only the relay saw is asked about: it may have been written by anything on the way", () => {
  const seen = answer("ip_banned", { channel: "relay" });
  expect(judge(seen).decision).toMatchObject({ kind: "probe-venue", through: "exit" });
});

test("an operator's word takes failures off an exit that is clear, and that is told", () => {
  const row = reputation({ failures: 2 });
  const { changes } = judge(answer("ok", { channel: "operator" }), { reputation: row });
  expect(next(changes, "reputation")).toMatchObject([
    { next: { state: "clear", failures: 0 }, event: { kind: "reputation.clear" } },
  ]);
});

test("a ban on an exit that strangers share costs a failure where the bot was limited just before", () => {
  const earlier = [
    { accountId: alice, channel: "inside", kind: "rate_limited", times: 1, at: inMs(-minute) },
  ] as const;
  const exit = { ...answerFacts().exit, isShared: true };
  const { changes } = judge(answer("ip_banned"), { earlier, exit });
  expect(next(changes, "reputation")).toMatchObject([{ next: { state: "burned", failures: 1 } }]);
});

test("a firewall's block is made up by no other refusals, and refuted by a candidate that does not answer", () => {
  const [ban, block] = (["ip_banned", "waf_blocked"] as const).map(
    (kind) => ({ accountId: alice, channel: "relay", kind, times: 2, at: inMs(-1_000) }) as const,
  );
  const silent = { probes: { exit: "unasked", candidate: "silent" } } as const;
  for (const facts of [
    { earlier: ban === undefined ? [] : [ban] },
    { earlier: block === undefined ? [] : [block], ...silent },
  ])
    expect(judge(answer("waf_blocked"), facts)).toEqual({ changes: [], decision: { kind: "none" } });
});

describe("a place that is not served", () => {
  test("keeps an exit out for good only once the venue refuses a probe of ours, too, and for a day where only its bot says so", () => {
    expect(judge(answer("geo_blocked"))).toMatchObject({
      changes: [],
      decision: { kind: "probe-venue", through: "exit" },
    });
    for (const outcome of ["passed", "silent"] as const) {
      const { changes, decision } = judge(answer("geo_blocked"), probed(outcome));
      expect(decision.kind).toBe("stop");
      expect(next(changes, "reputation")).toMatchObject([{ next: { untilAt: inMs(24 * hour) } }]);
    }
  });
});

test("a place that is known not to be served is asked about no second time", () => {
  const row = reputation({ state: "geo_blocked", because: "geo_blocked" });
  expect(judge(answer("geo_blocked"), { reputation: row })).toMatchObject({
    changes: [],
    decision: { kind: "stop" },
  });
});

describe("a report", () => {
  test("of a bot burns its exit at once and for a time, never for good", () => {
    const rows = Array.from({ length: 12 }).reduce<readonly Reputation[]>((known) => {
      const last = known.at(-1) ?? reputation();
      const row = { ...last, state: "probation", untilAt: undefined } as const;
      const seen = answer("ip_banned", { channel: "report" });
      const { changes, decision } = judge(seen, { reputation: row, ...probed("silent") });
      expect(decision.kind).toBe("leave");
      return [...known, next(changes, "reputation")[0]?.next ?? last];
    }, []);
    expect(rows.every(({ state, untilAt }) => state === "burned" && untilAt !== undefined)).toBe(true);
    expect(rows.map(({ failures }) => failures).slice(0, 6)).toEqual([1, 2, 3, 4, 4, 4]);
  });

  test("of a bot gives a burn an end even where the exit had all its failures already", () => {
    const row = reputation({ state: "probation", failures: 5 });
    const { changes } = judge(answer("ip_banned", { channel: "report" }), {
      reputation: row,
      ...probed("silent"),
    });
    const [change] = next(changes, "reputation");
    expect(change?.next).toMatchObject({ state: "burned", failures: 5 });
    expect(change?.next.untilAt).toBeDefined();
  });

  test("of a bot that its country is not served counts once the venue refuses a probe, too", () => {
    const seen = answer("geo_blocked", { channel: "report" });
    expect(judge(seen).decision).toMatchObject({ kind: "probe-venue", through: "exit" });
    expect(judge(seen, probed("passed"))).toEqual({ changes: [], decision: { kind: "none" } });
    expect(judge(seen, probed("failed")).decision.kind).toBe("stop");
    expect(judge(answer("geo_blocked", { channel: "operator" })).decision.kind).toBe("stop");
  });
});
