import { describe, expect, test } from "vitest";
import type { AnswerFacts, SeenAnswer } from "../../../../../lib/policy/reputation/answer/answer-facts.ts";
import { judgeAnswer } from "../../../../../lib/policy/reputation/answer/judge-answer.ts";
import { answer, answerFacts, inMs, moment, reputation } from "../samples.ts";

const hour = 3_600_000;

function decide(seen: SeenAnswer, facts: Partial<AnswerFacts> = {}) {
  return judgeAnswer(seen, answerFacts(facts), moment());
}

const asks = (through: "exit" | "candidate") => ({
  changes: [],
  decision: { kind: "probe-venue", through },
});

/** The bot's own client was shown a page that nobody reads. */
const bare = { status: 403, body: undefined };
const blocked = answer("waf_blocked", { times: 3, answer: bare });
const banned = answer("ip_banned", { classified: { untilAt: inMs(hour) }, answer: bare });

describe("a bare 403 that the bot's own client got", () => {
  test("may be a block of the country: the venue is asked through the same exit before another one is tried", () => {
    expect(decide(blocked)).toMatchObject(asks("exit"));
    for (const exit of ["passed", "failed", "silent"] as const)
      expect(decide(blocked, { probes: { exit, candidate: "unasked" } })).toMatchObject(asks("candidate"));
    expect(decide(blocked, { probes: { exit: "passed", candidate: "passed" } }).decision).toMatchObject({
      kind: "leave",
      cause: "burned",
    });
  });

  test("is asked about so before a venue's ban counts, and then counts by itself", () => {
    expect(decide(banned)).toMatchObject(asks("exit"));
    for (const exit of ["passed", "failed", "silent"] as const)
      expect(decide(banned, { probes: { exit, candidate: "unasked" } }).decision).toMatchObject({
        kind: "leave",
        cause: "burned",
      });
  });

  test("is asked about on probation, too, and not before a firewall's block came often enough", () => {
    const probation = { reputation: reputation({ state: "probation", failures: 1 }) };
    expect(decide({ ...blocked, times: 1 }, probation)).toMatchObject(asks("exit"));
    expect(decide(banned, probation)).toMatchObject(asks("exit"));
    expect(decide({ ...blocked, times: 2 })).toEqual({ changes: [], decision: { kind: "none" } });
  });

  test("is not asked about where the exit is known as burned", () => {
    const burned = { reputation: reputation({ state: "burned", failures: 1, untilAt: inMs(hour) }) };
    expect(decide(banned, burned).decision).toMatchObject({ kind: "leave" });
  });
});

describe("nothing is asked through the exit in use", () => {
  test.each([
    ["where the page was read", { status: 403, body: "<html>Blocked</html>" }],
    ["where a probe of ours brought no status", undefined],
  ])("%s", (_where, read) => {
    expect(decide({ ...blocked, answer: read })).toMatchObject(asks("candidate"));
    expect(decide({ ...banned, answer: read }).decision).toMatchObject({ kind: "leave" });
  });

  test("where the status itself says ban", () => {
    const clear = { ...banned, answer: { status: 418, body: undefined } };
    expect(decide(clear).decision).toMatchObject({ kind: "leave", cause: "burned" });
  });
});
