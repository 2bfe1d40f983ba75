import { describe, expect, test } from "vitest";
import type { AnswerFacts, SeenAnswer } from "../../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../../lib/policy/reputation/answer/judge-answer.ts";
import { nowMs } from "../../facts.ts";
import { alice, answer, answerFacts, exitIp, exitKey, inMs, moment, reputation, rules } from "../samples.ts";

const hour = 3_600_000;

function judge(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  const { changes, decision } = judgeAnswer(seen, answerFacts(facts), moment());
  const rows = changes.flatMap((change) => (change.on === "reputation" ? [change.next] : []));
  return { changes, decision, row: rows[0] };
}

const ban = (channel: SeenAnswer["channel"], ms: number) =>
  answer("ip_banned", { channel, classified: { untilAt: inMs(ms) } });

describe("an operator's report of a ban", () => {
  test("that is short is waited for like a venue's, and no renewal takes it for an order to leave", () => {
    const { decision, row } = judge(ban("operator", rules.holdMaxMs));
    expect(decision).toMatchObject({ kind: "wait", untilAt: row?.untilAt });
    expect(row).toMatchObject({ state: "burned", because: "ip_banned" });
  });

  test("that is longer is the operator's word, and the bot leaves", () => {
    const { decision, row } = judge(ban("operator", rules.holdMaxMs + 1));
    expect(decision.kind).toBe("leave");
    expect(row).toMatchObject({ state: "burned", because: "operator" });
  });

  test("that is short takes nothing from a longer one of an operator's", () => {
    const known = reputation({ state: "burned", because: "operator", untilAt: inMs(hour) });
    expect(judge(ban("operator", 30_000), { reputation: known }).changes).toEqual([]);
  });
});

test("a rate limit at a venue that bans the exit for longer promises no stay there: the ban decides", () => {
  const known = reputation({ state: "burned", failures: 1, untilAt: inMs(rules.holdMaxMs + 1) });
  const endless = reputation({ state: "burned", failures: 5, untilAt: undefined });
  expect(judge(answer("rate_limited"), { reputation: endless }).decision).toEqual({ kind: "none" });
  const { decision, row } = judge(answer("rate_limited", { classified: { untilAt: inMs(2 * hour) } }), {
    reputation: known,
  });
  expect(decision).toEqual({ kind: "none" });
  expect(row).toMatchObject({ state: "burned", failures: 1 });
  expect(row?.untilAt).toBeGreaterThan(inMs(2 * hour));
});

test("a reason that somebody typed without a full stop is a sentence of its own in the history", () => {
  const seen = answer("not_registered", { channel: "operator", classified: { text: "key not on list" } });
  const { changes } = judge(seen, { exitSeen: "matches" });
  const messages = changes.flatMap((change) => ("event" in change ? [change.event?.message] : []));
  expect(messages).toEqual([
    "fra-1 (203.0.113.7) is refused at binance for alice: key not on list. Register 203.0.113.7 for the account's API key at binance.",
  ]);
});

test("a refusal that may mean the address says that it is on the list here, where it is", () => {
  const listed = {
    accountId: alice,
    exitIp,
    exitKey,
    from: nowMs,
    until: undefined,
    by: "user:ann",
  } as const;
  const messageOf = (registrations: AnswerFacts["registrations"]) =>
    judge(answer("ambiguous"), { exitSeen: "matches", registrations }).changes.map((change) =>
      "event" in change ? change.event?.message : undefined,
    );
  const first =
    "fra-1 (203.0.113.7) at binance for alice: Binance said so. Check the API key and its permissions.";
  const known = `${first} 203.0.113.7 is on the account's list here: look whether binance has it, too.`;
  expect(messageOf([listed])).toEqual([known]);
  const told = `${first} Register 203.0.113.7 for the account's API key at binance.`;
  expect(messageOf([])).toEqual([told]);
  expect(messageOf([{ ...listed, until: nowMs }])).toEqual([told]);
});
