import { describe, expect, test } from "vitest";
import { instant } from "../../../../../lib/domain/time.ts";
import type { Evidence } from "../../../../../lib/domain/verdict/evidence.ts";
import { judge } from "../../../../../lib/policy/verdict/judge.ts";
import { candidateFacts, nowMs } from "../../facts.ts";

const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
const guard = { control: "answers", random01: 0.5 } as const;

/** What follows from evidence that was seen of the proxy as it was at this revision; it is at its first. */
function see(evidence: Evidence, revision = 1) {
  const { proxy, assignment } = candidateFacts(1);
  const sighting = { by, proxy: { id: proxy.id, revision }, evidence };
  return judge(sighting, { proxy, assignment, health: undefined, sharing: [] }, guard, nowMs);
}

const refused = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
const unclear: Evidence = { kind: "witnesses-unclear", why: "one of three answered", tookMs: 7 };
const unseen: Evidence = { kind: "unseen-inside", why: "no witness saw it" };
const wrong: Evidence = { kind: "exit-wrong", why: "saw b", seen: undefined, country: undefined, tookMs: 1 };

describe("a candidate is set aside", () => {
  test.each([
    ["for good when it shows the wrong exit", wrong, "shows the wrong exit: saw b", "operator"],
    [
      "for now when its witnesses are unclear",
      unclear,
      "could not be proven: one of three answered",
      "returns",
    ],
    [
      "for now when it is not seen from inside",
      unseen,
      "is not seen from inside the bot's network: no witness saw it",
      "returns",
    ],
  ] as const)("%s", (_when, evidence, why, retryClass) => {
    const exclusion = { why, retryClass };
    expect(see(evidence).decision).toEqual({ kind: "set-aside", exclusion, awaitsControl: false });
  });
});

describe("the history tells", () => {
  test.each([
    [
      { kind: "operator-changed", isRotation: true, why: "rotated by user:ann" },
      "proxy.rotated",
      "rotated by user:ann",
    ],
    [
      { kind: "operator-changed", isRotation: false, why: "was disabled" },
      "proxy.operator_change",
      "was disabled",
    ],
    [unseen, "proxy.unseen_inside", "no witness saw it"],
  ] satisfies [Evidence, string, string][])("%j alone, and nobody is blamed", (evidence, kind, why) => {
    const event = expect.objectContaining({ kind, message: `proxy-1: ${why}` });
    expect(see(evidence).changes).toEqual([{ on: "history", event }]);
  });

  test("whose decision an operator's change is: whoever saw it goes on", () => {
    expect(see({ kind: "operator-changed", isRotation: false, why: "x" }).decision).toEqual({
      kind: "go-on",
    });
  });

  test("that this host has the incident, where it has", () => {
    const { proxy, assignment } = candidateFacts(1);
    const incident = {
      kind: "host",
      name: "here",
      since: nowMs,
      untilAt: instant(nowMs + 1),
      why: "nothing answers",
    } as const;
    const evidence = { kind: "exit-lost", cause: "transport", why: "reset", cleanMs: 0 } as const;
    const facts = { proxy, assignment, health: undefined, sharing: [], incident };
    expect(judge({ by, proxy, evidence }, facts, guard, nowMs).changes).toMatchObject([
      { event: { message: "proxy-1: is not blamed, because this host has an incident: nothing answers" } },
    ]);
  });
});

test("unclear witnesses are a check that failed, and nothing else", () => {
  const check = { isOk: false, reason: "one of three answered", latencyMs: 7 };
  expect(see(unclear).changes).toMatchObject([{ on: "check", check }]);
  expect(see(unclear).changes).toHaveLength(1);
});

test.each([
  unclear,
  wrong,
  { kind: "exit-lost", cause: "transport", why: "reset", cleanMs: 0 },
  { kind: "exit-lost", cause: "drift", why: "saw b", cleanMs: 0 },
  { kind: "proxy-failed", failure: refused, refusals: 0, tookMs: 1 },
  { kind: "probe-failed", failure: refused, refusals: 0, tookMs: 1 },
  { kind: "probe-passed", tookMs: 1 },
] satisfies Evidence[])(
  "what was seen of a proxy before it was edited changes nothing: $kind",
  (evidence) => {
    expect(see(evidence, 2).changes).toEqual([]);
    expect(see(evidence, 1).changes).not.toEqual([]);
  },
);
