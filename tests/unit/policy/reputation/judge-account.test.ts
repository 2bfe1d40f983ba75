import { describe, expect, test } from "vitest";
import type { Acceptance } from "../../../../lib/domain/reputation/acceptance.ts";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { AnswerFacts, SeenAnswer } from "../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../lib/policy/reputation/answer/judge-answer.ts";
import { accountFacts, exit, nowMs } from "../facts.ts";
import {
  alice,
  answer,
  answerFacts,
  binance,
  exitIp,
  exitKey,
  inMs,
  moment,
  quietGuard,
  scope,
} from "./samples.ts";

const hour = 3_600_000;
const accepted: Acceptance = {
  accountId: alice,
  venue: binance,
  exitKey,
  exitIp,
  state: "accepted",
  by: "answer",
  why: "a signed request succeeded",
  at: nowMs,
};

function judge(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  return judgeAnswer(seen, answerFacts(facts), moment());
}

function next<K extends Change["on"]>(changes: readonly Change[], on: K) {
  return changes.filter((change): change is Extract<Change, { readonly on: K }> => change.on === on);
}

describe("what concerns the account", () => {
  test.each(["account_limited", "account_blocked", "key_refused"] as const)(
    "%s is told and never moves it",
    (answerClass) => {
      const { changes, decision } = judge(answer(answerClass));
      expect(decision).toEqual({ kind: "none" });
      expect(changes.map(({ on }) => on)).toEqual(["history"]);
      const kind = next(changes, "history")[0]?.event.kind ?? "";
      expect(judge(answer(answerClass), { told: [kind] }).changes).toEqual([]);
    },
  );

  test("is told during an incident of the venue, too: that excuses exits alone", () => {
    const guard = quietGuard({ venues: [scope("binance", 20, 8)] });
    expect(next(judge(answer("key_refused"), { guard }).changes, "history")).toMatchObject([
      { event: { kind: "account.key_refused" } },
    ]);
  });

  test("a signed success is an acceptance, written once", () => {
    const { changes } = judge(answer("accepted"));
    expect(next(changes, "acceptance")).toMatchObject([
      { expected: undefined, next: { state: "accepted", by: "answer" } },
    ]);
    expect(judge(answer("accepted"), { acceptance: accepted }).changes).toEqual([]);
  });

  test("an exit that the venue does not know is looked at before anything is said", () => {
    expect(judge(answer("not_registered"))).toMatchObject({ changes: [], decision: { kind: "check-exit" } });
    expect(judge(answer("not_registered"), { exitSeen: "differs" })).toEqual({
      changes: [],
      decision: { kind: "none" },
    });
  });

  test("the right exit that the venue does not know is refused there, and the address to register is named", () => {
    const account = accountFacts({ venues: [binance], keyLabel: "main", registeredChanges: "1/7d" });
    const list = [
      { accountId: alice, exitIp, exitKey, from: inMs(-30 * 24 * hour), until: undefined, by: "user:maria" },
    ];
    const changed = {
      ...list[0],
      exitIp: exit("203.0.113.8"),
      exitKey: "203.0.113.8",
      from: inMs(-4 * 24 * hour),
    } as (typeof list)[0];
    const facts = {
      account,
      registrations: [...list, changed],
      exitSeen: "matches",
      acceptance: accepted,
    } as const;
    const { changes, decision } = judge(answer("not_registered"), facts);
    expect(decision).toEqual({ kind: "none" });
    expect(next(changes, "acceptance")).toMatchObject([{ expected: "accepted", next: { state: "refused" } }]);
    expect(next(changes, "acceptance")[0]?.event?.message).toBe(
      'fra-1 (203.0.113.7) is refused at binance for alice: Binance said so. Register 203.0.113.7 for the API key "main" at binance; the next change is allowed in 3 d.',
    );
  });

  test("an answer that names the address it saw needs no witness", () => {
    const right = judge(answer("not_registered", { classified: { namedIp: exitIp } }));
    expect(next(right.changes, "acceptance")).toMatchObject([{ next: { state: "refused" } }]);
    const other = judge(answer("not_registered", { classified: { namedIp: exit("198.51.100.9") } }));
    expect(other).toMatchObject({ changes: [], decision: { kind: "check-exit" } });
    const seen = judge(answer("not_registered", { classified: { namedIp: exit("198.51.100.9") } }), {
      exitSeen: "matches",
    });
    expect(next(seen.changes, "acceptance")[0]?.event?.message).toContain("Register 198.51.100.9 for");
  });
});
