import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignmentStatuses } from "../../../lib/domain/assignment.ts";
import { proxyStates } from "../../../lib/domain/proxy/proxy.ts";
import { healthStates } from "../../../lib/domain/proxy/proxy-health.ts";
import type { CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import { instant } from "../../../lib/domain/time.ts";
import { type SelectionContext, select } from "../../../lib/policy/select.ts";
import { type CandidateChange, candidateFacts, factsOf, nowMs } from "./facts.ts";

const context: SelectionContext = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
  hostKey: "here",
};
const inOneMinute = instant(nowMs + 60_000);
const aMinuteAgo = instant(nowMs - 60_000);

function order(candidates: readonly CandidateFacts[], change: Partial<SelectionContext> = {}) {
  const chosen = select(factsOf(candidates), { ...context, ...change });
  return chosen.kind === "chosen" ? chosen.ranked.map(({ proxy }) => proxy.label) : [];
}

describe("for any facts", () => {
  const time = fc.option(fc.constantFrom(aMinuteAgo, nowMs, inOneMinute), { nil: undefined });
  const change: fc.Arbitrary<CandidateChange> = fc.record({
    assignment: fc.record({
      status: fc.constantFrom(...assignmentStatuses),
      priority: fc.integer({ min: 1, max: 3 }),
      failures: fc.integer({ min: 0, max: 3 }),
      cooldownUntil: time,
      lastLeasedAt: time,
    }),
    proxy: fc.record({
      state: fc.constantFrom(...proxyStates),
      isActive: fc.boolean(),
      expiresAt: time,
      nextProbeAt: time,
    }),
    health: fc.record({
      state: fc.constantFrom(...healthStates),
      hostKey: fc.constantFrom("here", "elsewhere"),
      nextProbeAt: time,
    }),
    usedBefore: fc.boolean(),
  });
  const pool = fc
    .array(change, { maxLength: 6 })
    .map((changes) => changes.map((one, index) => candidateFacts(index + 1, one)));

  test("each candidate is either ranked or rejected, once", () => {
    fc.assert(
      fc.property(pool, (candidates) => {
        const result = select(factsOf(candidates), context);
        const ranked = result.kind === "chosen" ? result.ranked.map(({ proxy }) => proxy.id) : [];
        const all = [...ranked, ...result.rejected.map(({ proxyId }) => proxyId)];
        expect(all.sort()).toEqual(candidates.map(({ proxy }) => proxy.id).sort());
        expect(result.kind === "none").toBe(ranked.length === 0);
      }),
    );
  });

  test("none that cools, is switched off, expired, refused or excluded is ever chosen", () => {
    fc.assert(
      fc.property(pool, fc.nat(5), (candidates, excludedIndex) => {
        const out = candidates[excludedIndex]?.proxy.id;
        const excluded = new Map(out === undefined ? [] : [[out, { why: "failed", retryClass: "returns" }]]);
        const result = select(factsOf(candidates), {
          ...context,
          excluded: excluded as SelectionContext["excluded"],
          sticky: out,
        });
        for (const { assignment, proxy, health } of result.kind === "chosen" ? result.ranked : []) {
          expect(assignment.cooldownUntil ?? 0).toBeLessThanOrEqual(nowMs);
          expect(["held", "disabled", "quarantined"]).not.toContain(assignment.status);
          expect(proxy.isActive).toBe(true);
          expect(proxy.expiresAt ?? inOneMinute).toBeGreaterThan(nowMs);
          expect(["disabled", "expired"]).not.toContain(proxy.state);
          expect(health.find(({ hostKey }) => hostKey === "here")?.state).not.toBe("auth_failed");
          expect(proxy.id).not.toBe(out);
        }
      }),
    );
  });

  test("the order in which facts arrive does not matter", () => {
    fc.assert(
      fc.property(
        pool,
        fc.constantFrom("continuity" as const, "round_robin" as const),
        (candidates, kind) => {
          expect(order([...candidates].reverse(), { order: kind })).toEqual(
            order(candidates, { order: kind }),
          );
        },
      ),
    );
  });

  test("an eligible present proxy is kept, and no worse priority passes a better one otherwise", () => {
    fc.assert(
      fc.property(pool, fc.nat(5), (candidates, index) => {
        const free = order(candidates);
        const sticky = candidates[index]?.proxy;
        const kept = order(candidates, { sticky: sticky?.id });
        if (sticky !== undefined && free.includes(sticky.label)) expect(kept[0]).toBe(sticky.label);
        const priorityOf = new Map(candidates.map((one) => [one.proxy.label, one.assignment.priority]));
        const priorities = free.map((label) => priorityOf.get(label) ?? 0);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }),
    );
  });

  test("waiting until the named moment makes a candidate eligible", () => {
    fc.assert(
      fc.property(pool, (candidates) => {
        const result = select(factsOf(candidates), context);
        if (result.kind !== "none" || result.canBecomeEligibleAt === undefined) return;
        expect(result.exitStatus).toBe(75);
        const later = { ...context, nowMs: result.canBecomeEligibleAt };
        const freshlyValid = candidates.map((one) => ({
          ...one,
          proxy: {
            ...one.proxy,
            expiresAt: undefined,
            state: one.proxy.state === "expired" ? ("ok" as const) : one.proxy.state,
          },
        }));
        expect(select(factsOf(freshlyValid), later).kind).toBe("chosen");
      }),
    );
  });
});
