import { describe, expect, test } from "vitest";
import { type Instant, instant } from "../../../../../lib/domain/time.ts";
import type { Sighting } from "../../../../../lib/domain/verdict/evidence.ts";
import { judge } from "../../../../../lib/policy/verdict/judge.ts";
import { type CandidateChange, candidateFacts, nowMs } from "../../facts.ts";

const day = 86_400_000;

function leave(untilAt: Instant | undefined, assignment: CandidateChange["assignment"] = {}) {
  const facts = candidateFacts(1, { assignment });
  const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
  const evidence = { kind: "exit-burned", why: "banned", untilAt, cleanMs: 2 * day } as const;
  const sighting: Sighting = { by, proxy: facts.proxy, evidence };
  const known = { ...facts, health: undefined, sharing: [] };
  return judge(sighting, known, { control: "answers", random01: 0.5 }, nowMs).changes;
}

describe("an exit that was left because a venue refused it", () => {
  test("is shown as burned until its time, and its clean time is credited", () => {
    const next = { status: "burned", cooldownUntil: nowMs + 1, failures: 1 };
    expect(leave(instant(nowMs + 1), { status: "active", failures: 3 })).toMatchObject([
      { on: "assignment", next },
    ]);
  });

  test("is shown as burned without a time where only an operator brings it back", () => {
    const next = { status: "burned", cooldownUntil: undefined };
    expect(leave(undefined, { status: "probation", cooldownUntil: nowMs })).toMatchObject([{ next }]);
  });

  test("keeps what an operator said of it meanwhile", () => {
    expect(leave(nowMs, { status: "disabled" })).toMatchObject([{ next: { status: "disabled" } }]);
  });
});
