import { describe, expect, test } from "vitest";
import type { CountryCode } from "../../../lib/domain/account.ts";
import type { ProxyId } from "../../../lib/domain/ids.ts";
import type { HealthState } from "../../../lib/domain/proxy/proxy-health.ts";
import type { CandidateFacts } from "../../../lib/domain/selection/selection-facts.ts";
import { instant } from "../../../lib/domain/time.ts";
import { describeRejections, proxyUnavailable, type Rejection } from "../../../lib/policy/rejection.ts";
import { controlsAmong, type SelectionContext, select } from "../../../lib/policy/select.ts";
import { accountFacts, type CandidateChange, candidateFacts, exit, factsOf, nowMs } from "./facts.ts";

const context: SelectionContext = {
  nowMs,
  excluded: new Map(),
  openable: () => true,
  order: "continuity",
  hostKey: "here",
};
const inOneMinute = instant(nowMs + 60_000);
const aMinuteAgo = instant(nowMs - 60_000);
const sealed = { token: "t", keyId: "01234567", fingerprint: "" } as unknown as NonNullable<
  CandidateFacts["proxy"]["sealed"]
>;

function order(candidates: readonly CandidateFacts[], change: Partial<SelectionContext> = {}) {
  const chosen = select(factsOf(candidates), { ...context, ...change });
  return chosen.kind === "chosen" ? chosen.ranked.map(({ proxy }) => proxy.label) : [];
}

function rejected(change: CandidateChange, contextChange: Partial<SelectionContext> = {}) {
  const result = select(factsOf([candidateFacts(1, change)]), { ...context, ...contextChange });
  if (result.kind !== "none") throw new Error("the candidate was chosen");
  return { ...result, reason: result.rejected[0]?.reason, text: describeRejections(result.rejected, nowMs) };
}

describe("who may be chosen", () => {
  test.each<[string, CandidateChange, string, 69 | 75 | 77]>([
    ["a held assignment", { assignment: { status: "held" } }, "held", 69],
    ["a disabled assignment", { assignment: { status: "disabled" } }, "disabled", 69],
    ["an inactive proxy", { proxy: { isActive: false } }, "disabled", 69],
    ["an expired proxy", { proxy: { expiresAt: nowMs } }, "expired", 69],
    ["a proxy with a refused credential", { health: { state: "auth_failed" } }, "auth_failed", 77],
    ["a drifted proxy", { proxy: { state: "drifted" } }, "drifted", 69],
    ["a down proxy of a minute ago", { health: { state: "down", since: aMinuteAgo } }, "down", 75],
    ["a down proxy before its probe", { health: { state: "down", nextProbeAt: inOneMinute } }, "down", 75],
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
    [{ health: { state: "auth_failed" } }, "launch proxy edit proxy-1 --proxy-user"],
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
    const { rejected: left } = select(factsOf([candidateFacts(1, change)]), {
      ...context,
      openable: () => false,
    }) as { rejected: readonly Rejection[] };
    const error = proxyUnavailable(accountFacts(), left, nowMs);
    expect(error.message).toContain("proxy-1 has a credential that cannot be opened");
    expect(error.message).toContain("sealed with key 01234567");
    expect(error.hint).toContain("Add the missing key");
    expect(order([candidateFacts(1, change)])).toEqual(["proxy-1"]);
    expect(order([candidateFacts(1)], { openable: () => false })).toEqual(["proxy-1"]);
  });

  test("a down proxy is tried again when its probe is due, and a cooled one when its time is over", () => {
    expect(order([candidateFacts(1, { health: { state: "down", nextProbeAt: nowMs } })])).toEqual([
      "proxy-1",
    ]);
    const forgotten = { state: "down", since: instant(nowMs - 300_000) } as const;
    expect(order([candidateFacts(1, { health: forgotten })])).toEqual(["proxy-1"]);
    expect(order([candidateFacts(1, { assignment: { status: "burned", cooldownUntil: nowMs } })])).toEqual([
      "proxy-1",
    ]);
  });

  test("a drifted proxy is tried again when its time has come, behind those that never drifted", () => {
    const drifted = (nextProbeAt: typeof nowMs) => ({ proxy: { state: "drifted", nextProbeAt } }) as const;
    expect(rejected(drifted(inOneMinute))).toMatchObject({ reason: "drifted", exitStatus: 75 });
    expect(order([candidateFacts(1, drifted(nowMs)), candidateFacts(2)])).toEqual(["proxy-2", "proxy-1"]);
  });

  test("only declared countries are used, and an unknown country is none of them", () => {
    const account = accountFacts({ allowedCountries: ["DE", "NL"] as CountryCode[] });
    const candidates = [
      candidateFacts(1, { proxy: { country: "FR" as CountryCode } }),
      candidateFacts(2),
      candidateFacts(3, { proxy: { country: "NL" as CountryCode } }),
    ];
    const result = select(factsOf(candidates, { account }), context);
    expect(result).toMatchObject({ kind: "chosen", candidate: { proxy: { label: "proxy-3" } } });
    expect(describeRejections(result.rejected, nowMs)).toBe(
      "proxy-1 is in FR, not in DE or NL, proxy-2 has no country on record, and the account may only leave from DE or NL",
    );
  });

  test("an operator's hold on the account leaves every candidate out", () => {
    const account = accountFacts({ hold: { by: "maria", why: "moving house" } });
    const result = select(factsOf([candidateFacts(1), candidateFacts(2)], { account }), context);
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
      candidateFacts(4, { health: { state: "down", nextProbeAt: instant(nowMs + 40_000) } }),
    ];
    const third = candidates[2]?.proxy.id as ProxyId;
    const excluded = new Map([
      [third, { why: "refused the connection", retryClass: "returns" }],
    ]) satisfies SelectionContext["excluded"];
    const account = accountFacts();
    const result = select(factsOf(candidates, { account }), { ...context, excluded });
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
    expect(rejected({}, { excluded: new Map([[id, { why, retryClass: "returns" }]]) }).text).toBe(why);
  });

  test("an account without proxies says so", () => {
    expect(proxyUnavailable(accountFacts(), [], nowMs).message).toBe(
      'Account "alice" has no proxy assigned.',
    );
    expect(select(factsOf([]), context)).toMatchObject({ exitStatus: 69 });
  });

  test("proxies that the operator switched off do not hide that the others lack a credential", () => {
    const candidates = [
      candidateFacts(1, { proxy: { isActive: false } }),
      candidateFacts(2, { health: { state: "auth_failed" } }),
    ];
    expect(select(factsOf(candidates), context)).toMatchObject({ exitStatus: 77 });
  });

  test("a cooling proxy that is also down returns when both are over", () => {
    const both = {
      assignment: { cooldownUntil: inOneMinute },
      health: { state: "down", nextProbeAt: instant(nowMs + 90_000) },
    } as const;
    expect(rejected(both).canBecomeEligibleAt).toBe(nowMs + 90_000);
  });
});

describe("who comes first", () => {
  test("the lower priority number, whatever else speaks for the other", () => {
    const spare = candidateFacts(1, { assignment: { priority: 2 }, usedBefore: true });
    const main = candidateFacts(2, { assignment: { priority: 1, failures: 3 } });
    expect(order([spare, main])).toEqual(["proxy-2", "proxy-1"]);
  });

  test("the proxy that the account is on stays, even against a recovered better priority", () => {
    const main = candidateFacts(1);
    const present = candidateFacts(2, { assignment: { priority: 9, failures: 2 } });
    expect(order([main, present], { sticky: present.proxy.id })[0]).toBe("proxy-2");
  });

  test("the steps within one priority, in their order", () => {
    const lost = { provider: "vendor-a", neighbourhood: "8.8.8.0/24" };
    const candidates = [
      candidateFacts(7, { assignment: { cooldownUntil: aMinuteAgo } }),
      candidateFacts(6, { assignment: { failures: 1 } }),
      candidateFacts(5, { proxy: { provider: "vendor-a" }, lastExitIp: "8.8.8.9", usedBefore: true }),
      candidateFacts(4, { proxy: { provider: "vendor-a" }, usedBefore: true }),
      candidateFacts(3, { usedBefore: false, assignment: { lastLeasedAt: aMinuteAgo } }),
      candidateFacts(2, { usedBefore: false }),
      candidateFacts(1, { usedBefore: true, assignment: { lastLeasedAt: nowMs } }),
    ];
    const expected = [1, 2, 3, 4, 5, 6, 7].map((n) => `proxy-${n}`);
    expect(order(candidates, { lost })).toEqual(expected);
  });

  test("what another host sees ranks a proxy behind where this one has said nothing, and refuses it nowhere", () => {
    const ailing = (state: HealthState) =>
      candidateFacts(1, { usedBefore: true, health: { hostKey: "elsewhere", state } });
    for (const state of ["suspect", "down", "auth_failed"] as const)
      expect(order([ailing(state), candidateFacts(2)])).toEqual(["proxy-2", "proxy-1"]);
    expect(order([ailing("up"), candidateFacts(2)])).toEqual(["proxy-1", "proxy-2"]);
    const [row] = ailing("down").health;
    const fine = candidateFacts(1, { usedBefore: true, health: { state: "up" } });
    const known = { ...fine, health: [...fine.health, ...(row === undefined ? [] : [row])] };
    expect(order([known, candidateFacts(2)])).toEqual(["proxy-1", "proxy-2"]);
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

  test("a vendor that nobody knows is not the one just lost", () => {
    const lost = { provider: undefined, neighbourhood: undefined };
    const known = candidateFacts(2, { proxy: { provider: "vendor-b" } });
    expect(order([candidateFacts(1), known], { lost })).toEqual(["proxy-1", "proxy-2"]);
  });

  test("three that were last seen well tell whether this host reaches anything, whatever stands first", () => {
    const ailing = [1, 2, 3].map((n) => candidateFacts(n, { health: { state: "suspect" } }));
    const controls = controlsAmong([...ailing, candidateFacts(4)], accountFacts(), context);
    expect(controls.map(({ proxy }) => proxy.label)).toEqual(["proxy-4", "proxy-1", "proxy-2"]);
  });

  test("the network just lost is told by the expected address when no exit was seen yet", () => {
    const lost = { provider: undefined, neighbourhood: "8.8.8.0/24" };
    const near = candidateFacts(1, { proxy: { expectedIp: exit("8.8.8.1") } });
    const far = candidateFacts(2, { proxy: { expectedIp: exit("1.1.1.1") } });
    expect(order([near, far], { lost })).toEqual(["proxy-2", "proxy-1"]);
  });
});
