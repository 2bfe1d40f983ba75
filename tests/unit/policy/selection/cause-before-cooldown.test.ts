import { expect, test } from "vitest";
import { rejectionOf } from "../../../../lib/policy/eligibility.ts";
import { describeRejection } from "../../../../lib/policy/rejection.ts";
import { type CandidateChange, candidateFacts, factsOf, nowMs } from "../facts.ts";
import { inMs } from "../reputation/samples.ts";

const context = { nowMs, excluded: new Map(), openable: () => true, hostKey: "here" } as const;
const assignment = { status: "cooling", cooldownUntil: inMs(50_000) } as const;

function said(change: CandidateChange): string {
  const candidate = candidateFacts(1, { assignment, ...change });
  const found = rejectionOf(candidate, factsOf([candidate]), context);
  return found === undefined ? "" : `${found.reason}: ${describeRejection(found, nowMs)}`;
}

test("what made a proxy cool down is named before its cooldown, with the time of whichever ends last", () => {
  expect(said({})).toBe("cooling: proxy-1 cooling down for 50 s");
  const since = inMs(-10_000);
  expect(said({ proxy: { state: "drifted", stateSince: since, nextProbeAt: inMs(50_000) } })).toBe(
    "drifted: proxy-1 has shown another exit IP than expected for 10 s (next try in 50 s)",
  );
  expect(said({ health: { state: "down", since, nextProbeAt: inMs(20_000) } })).toBe(
    "down: proxy-1 has not answered for 10 s (next try in 50 s)",
  );
});
