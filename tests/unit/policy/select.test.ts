import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CountryCode } from "../../../lib/domain/account.ts";
import { assignmentStatuses } from "../../../lib/domain/assignment.ts";
import type { ProxyId } from "../../../lib/domain/ids.ts";
import { proxyStates } from "../../../lib/domain/proxy/proxy.ts";
import type { CandidateFacts } from "../../../lib/domain/selection-facts.ts";
import { instant } from "../../../lib/domain/time.ts";
import { describeRejections, proxyUnavailable, type Rejection } from "../../../lib/policy/rejection.ts";
import { type SelectionContext, select } from "../../../lib/policy/select.ts";
import { accountFacts, type CandidateChange, candidateFacts, exit, nowMs } from "./facts.ts";

const context: SelectionContext = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
};
const inOneMinute = instant(nowMs + 60_000);
const aMinuteAgo = instant(nowMs - 60_000);
const sealed = { token: "t", keyId: "01234567", fingerprint: "" } as unknown as NonNullable<
  CandidateFacts["proxy"]["sealed"]
>;

function order(candidates: readonly CandidateFacts[], change: Partial<SelectionContext> = {}) {
  const chosen = select({ account: accountFacts(), candidates }, { ...context, ...change });
  return chosen.kind === "chosen" ? chosen.ranked.map(({ proxy }) => proxy.label) : [];
}

function rejected(change: CandidateChange, contextChange: Partial<SelectionContext> = {}) {
  const result = select(
    { account: accountFacts(), candidates: [candidateFacts(1, change)] },
    { ...context, ...contextChange },
  );
  if (result.kind !== "none") throw new Error("the candidate was chosen");
  return { ...result, reason: result.rejected[0]?.reason, text: describeRejections(result.rejected, nowMs) };
}

describe("who may be chosen", () => {
  test.each<[string, CandidateChange, string, 69 | 75 | 77]>([
    ["a held assignment", { assignment: { status: "held" } }, "held", 69],
    ["a disabled assignment", { assignment: { status: "disabled" } }, "disabled", 69],
    ["an inactive proxy", { proxy: { isActive: false } }, "disabled", 69],
    ["an expired proxy", { proxy: { expiresAt: nowMs } }, "expired", 69],
    ["a proxy with a refused credential", { proxy: { state: "auth_failed" } }, "auth_failed", 77],
    ["a drifted proxy", { proxy: { state: "drifted" } }, "drifted", 69],
    ["a down proxy of a minute ago", { proxy: { state: "down", stateSince: aMinuteAgo } }, "down", 75],
    ["a down proxy before its probe", { proxy: { state: "down", nextProbeAt: inOneMinute } }, "down", 75],
    ["a cooling assignment", { assignment: { cooldownUntil: inOneMinute } }, "cooling", 75],
    ["a quarantined assignment", { assignment: { status: "quarantined" } }, "quarantined", 69],
    ["a burned assignment", { assignment: { status: "burned" } }, "burned", 69],
    [
      "a burned assignment that returns",
      { assignment: { status: "burned", cooldownUntil: inOneMinute } },
      "burned",
      75,
    ],
    ["an exit of another account", { exitHeldBy: "bob" }, "exit_held", 75],
  ])("%s is left out", (_what, change, reason, exitStatus) => {
    expect(rejected(change)).toMatchObject({ reason, exitStatus });
  });

  test.each<[CandidateChange, string]>([
    [{ proxy: { expiresAt: nowMs } }, "launch proxy edit proxy-1 --proxy-expires"],
    [{ proxy: { state: "auth_failed" } }, "launch proxy edit proxy-1 --proxy-user"],
    [{ assignment: { status: "quarantined" } }, "launch revive alice proxy-1"],
    [{ assignment: { cooldownUntil: inOneMinute } }, "launch proxy check --account alice"],
  ])("the hint for %j is to run %s", (change, command) => {
    const { hint } = proxyUnavailable(accountFacts(), rejected(change).rejected, nowMs);
    expect(hint).toContain(command);
  });

  test("a credential that cannot be opened leaves its proxy out, and ends with 77", () => {
    const change: CandidateChange = { proxy: { authType: "basic", sealed } };
    expect(rejected(change, { openable: () => false })).toMatchObject({
      reason: "unopenable",
      exitStatus: 77,
    });
    const { rejected: left } = select(
      { account: accountFacts(), candidates: [candidateFacts(1, change)] },
      { ...context, openable: () => false },
    ) as { rejected: readonly Rejection[] };
    const error = proxyUnavailable(accountFacts(), left, nowMs);
    expect(error.message).toContain("proxy-1 has a credential that cannot be opened");
    expect(error.message).toContain("sealed with key 01234567");
    expect(error.hint).toContain("Add the missing key");
    expect(order([candidateFacts(1, change)])).toEqual(["proxy-1"]);
    expect(order([candidateFacts(1)], { openable: () => false })).toEqual(["proxy-1"]);
  });

  test("a down proxy is tried again when its probe is due, and a cooled one when its time is over", () => {
    expect(order([candidateFacts(1, { proxy: { state: "down", nextProbeAt: nowMs } })])).toEqual(["proxy-1"]);
    const forgotten = { state: "down", stateSince: instant(nowMs - 300_000) } as const;
    expect(order([candidateFacts(1, { proxy: forgotten })])).toEqual(["proxy-1"]);
    expect(order([candidateFacts(1, { assignment: { status: "burned", cooldownUntil: nowMs } })])).toEqual([
      "proxy-1",
    ]);
  });

  test("only declared countries are used, and an unknown country is none of them", () => {
    const account = accountFacts({ allowedCountries: ["DE", "NL"] as CountryCode[] });
    const candidates = [
      candidateFacts(1, { proxy: { country: "FR" as CountryCode } }),
      candidateFacts(2),
      candidateFacts(3, { proxy: { country: "NL" as CountryCode } }),
    ];
    const result = select({ account, candidates }, context);
    expect(result).toMatchObject({ kind: "chosen", candidate: { proxy: { label: "proxy-3" } } });
    expect(describeRejections(result.rejected, nowMs)).toBe(
      "proxy-1 is in FR, not in DE or NL, proxy-2 is in an unknown country, not in DE or NL",
    );
  });

  test("an operator's hold on the account leaves every candidate out", () => {
    const account = accountFacts({ hold: { by: "maria", why: "moving house" } });
    const result = select({ account, candidates: [candidateFacts(1), candidateFacts(2)] }, context);
    expect(result).toMatchObject({ kind: "none", exitStatus: 69 });
    expect(proxyUnavailable(account, result.rejected, nowMs).message).toBe(
      'Account "alice" is held by maria: moving house',
    );
  });

  test("the error lists every candidate and why", () => {
    const candidates = [
      candidateFacts(1, { assignment: { status: "burned" } }),
      candidateFacts(2, { assignment: { cooldownUntil: instant(nowMs + 41_500) } }),
      candidateFacts(3),
      candidateFacts(4, { proxy: { state: "down", nextProbeAt: instant(nowMs + 40_000) } }),
    ];
    const third = candidates[2]?.proxy.id as ProxyId;
    const excluded = new Map([
      [third, { why: "refused the connection", outlook: "returns" }],
    ]) satisfies SelectionContext["excluded"];
    const account = accountFacts();
    const result = select({ account, candidates }, { ...context, excluded });
    const error = proxyUnavailable(account, result.rejected, nowMs);
    expect(error.message).toBe(
      'Account "alice" has no usable proxy: proxy-1 burned, proxy-2 cooling down for 41 s, ' +
        "proxy-3 refused the connection, proxy-4 has not answered for 5 min (next try in 40 s).",
    );
    expect(error).toMatchObject({ code: "LAUNCH_PROXY_UNAVAILABLE", exitStatus: 75 });
    expect(result).toMatchObject({ kind: "none", canBecomeEligibleAt: nowMs + 40_000 });
  });

  test("a failure told as a whole sentence does not name its proxy twice", () => {
    const why = "proxy-1 (http://gw.example:8001) refused the connection";
    const id = candidateFacts(1).proxy.id;
    expect(rejected({}, { excluded: new Map([[id, { why, outlook: "returns" }]]) }).text).toBe(why);
  });

  test("an account without proxies says so", () => {
    expect(proxyUnavailable(accountFacts(), [], nowMs).message).toBe(
      'Account "alice" has no proxy assigned.',
    );
    expect(select({ account: accountFacts(), candidates: [] }, context)).toMatchObject({ exitStatus: 69 });
  });

  test("proxies that the operator switched off do not hide that the others lack a credential", () => {
    const candidates = [
      candidateFacts(1, { proxy: { isActive: false } }),
      candidateFacts(2, { proxy: { state: "auth_failed" } }),
    ];
    expect(select({ account: accountFacts(), candidates }, context)).toMatchObject({ exitStatus: 77 });
  });

  test("a cooling proxy that is also down returns when both are over", () => {
    const both = {
      assignment: { cooldownUntil: inOneMinute },
      proxy: { state: "down", nextProbeAt: instant(nowMs + 90_000) },
    } as const;
    expect(rejected(both).canBecomeEligibleAt).toBe(nowMs + 90_000);
  });
});

describe("who comes first", () => {
  test("the lower priority number, whatever else speaks for the other", () => {
    const spare = candidateFacts(1, { assignment: { priority: 2 }, usedBefore: true });
    const main = candidateFacts(2, { assignment: { priority: 1, strikes: 3 } });
    expect(order([spare, main])).toEqual(["proxy-2", "proxy-1"]);
  });

  test("the proxy that the account is on stays, even against a recovered better priority", () => {
    const main = candidateFacts(1);
    const present = candidateFacts(2, { assignment: { priority: 9, strikes: 2 } });
    expect(order([main, present], { sticky: present.proxy.id })[0]).toBe("proxy-2");
  });

  test("the steps within one priority, in their order", () => {
    const lost = { provider: "vendor-a", neighbourhood: "8.8.8.0/24" };
    const candidates = [
      candidateFacts(7, { assignment: { cooldownUntil: aMinuteAgo } }),
      candidateFacts(6, { assignment: { strikes: 1 } }),
      candidateFacts(5, { proxy: { provider: "vendor-a" }, lastExitIp: "8.8.8.9", usedBefore: true }),
      candidateFacts(4, { proxy: { provider: "vendor-a" }, usedBefore: true }),
      candidateFacts(3, { usedBefore: false, assignment: { lastLeasedAt: aMinuteAgo } }),
      candidateFacts(2, { usedBefore: false }),
      candidateFacts(1, { usedBefore: true, assignment: { lastLeasedAt: nowMs } }),
    ];
    const expected = [1, 2, 3, 4, 5, 6, 7].map((n) => `proxy-${n}`);
    expect(order(candidates, { lost })).toEqual(expected);
  });

  test("round robin does not prefer the exits used before", () => {
    const known = candidateFacts(1, { usedBefore: true, assignment: { lastLeasedAt: aMinuteAgo } });
    const fresh = candidateFacts(2);
    expect(order([fresh, known])).toEqual(["proxy-1", "proxy-2"]);
    expect(order([known, fresh], { order: "round_robin" })).toEqual(["proxy-2", "proxy-1"]);
  });

  test("equals stand in the order of their ids, whoever is asked", () => {
    const [one, two, three] = [candidateFacts(1), candidateFacts(2), candidateFacts(3)];
    expect(order([three, one, two])).toEqual(["proxy-1", "proxy-2", "proxy-3"]);
  });

  test("the network just lost is told by the expected address when no exit was seen yet", () => {
    const lost = { provider: undefined, neighbourhood: "8.8.8.0/24" };
    const near = candidateFacts(1, { proxy: { expectedIp: exit("8.8.8.1") } });
    const far = candidateFacts(2, { proxy: { expectedIp: exit("1.1.1.1") } });
    expect(order([near, far], { lost })).toEqual(["proxy-2", "proxy-1"]);
  });
});

describe("for any facts", () => {
  const time = fc.option(fc.constantFrom(aMinuteAgo, nowMs, inOneMinute), { nil: undefined });
  const change: fc.Arbitrary<CandidateChange> = fc.record({
    assignment: fc.record({
      status: fc.constantFrom(...assignmentStatuses),
      priority: fc.integer({ min: 1, max: 3 }),
      strikes: fc.integer({ min: 0, max: 3 }),
      cooldownUntil: time,
      lastLeasedAt: time,
    }),
    proxy: fc.record({
      state: fc.constantFrom(...proxyStates),
      isActive: fc.boolean(),
      expiresAt: time,
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
        const result = select({ account: accountFacts(), candidates }, context);
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
        const excluded = new Map(out === undefined ? [] : [[out, { why: "failed", outlook: "returns" }]]);
        const result = select(
          { account: accountFacts(), candidates },
          { ...context, excluded: excluded as SelectionContext["excluded"], sticky: out },
        );
        for (const { assignment, proxy } of result.kind === "chosen" ? result.ranked : []) {
          expect(assignment.cooldownUntil ?? 0).toBeLessThanOrEqual(nowMs);
          expect(["held", "disabled", "quarantined"]).not.toContain(assignment.status);
          expect(proxy.isActive).toBe(true);
          expect(proxy.expiresAt ?? inOneMinute).toBeGreaterThan(nowMs);
          expect(proxy.state).not.toBe("auth_failed");
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
        const result = select({ account: accountFacts(), candidates }, context);
        if (result.kind !== "none" || result.canBecomeEligibleAt === undefined) return;
        expect(result.exitStatus).toBe(75);
        const later = { ...context, nowMs: result.canBecomeEligibleAt };
        const freshlyValid = candidates.map((one) => ({
          ...one,
          proxy: { ...one.proxy, expiresAt: undefined },
        }));
        expect(select({ account: accountFacts(), candidates: freshlyValid }, later).kind).toBe("chosen");
      }),
    );
  });
});
