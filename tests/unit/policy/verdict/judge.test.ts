import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignmentStatuses } from "../../../../lib/domain/assignment.ts";
import type { ProxyId } from "../../../../lib/domain/ids.ts";
import { proxyStates } from "../../../../lib/domain/proxy/proxy.ts";
import {
  type HealthState,
  healthStates,
  type ProxyHealth,
} from "../../../../lib/domain/proxy/proxy-health.ts";
import type { TransportFailure, TransportFailureKind } from "../../../../lib/domain/proxy/transport.ts";
import { type Instant, instant } from "../../../../lib/domain/time.ts";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { Evidence, Sighting } from "../../../../lib/domain/verdict/evidence.ts";
import type { Guard, VerdictFacts } from "../../../../lib/policy/verdict/facts.ts";
import { judge } from "../../../../lib/policy/verdict/judge.ts";
import { countsAsRefused, needsControl } from "../../../../lib/policy/who-failed.ts";
import { candidateFacts, exit, nowMs } from "../facts.ts";

const hostKey = "here";
const day = 86_400_000;

function factsOf(
  change: Parameters<typeof candidateFacts>[1] = {},
  sharing: VerdictFacts["sharing"] = [],
): VerdictFacts {
  const { proxy, assignment, health } = candidateFacts(1, change);
  return { proxy, assignment, health: health[0], sharing };
}

function see(evidence: Evidence, facts: VerdictFacts, control: Guard["control"] = "answers", revision = 1) {
  const by = { actor: "system", host: "host-a", hostKey, runId: undefined, accountId: undefined };
  const sighting: Sighting = { by, proxy: { id: facts.proxy.id, revision }, evidence };
  return judge(sighting, facts, { control, random01: 0.5 }, nowMs);
}

function on<K extends Change["on"]>(changes: readonly Change[], kind: K) {
  return changes.filter((change): change is Extract<Change, { readonly on: K }> => change.on === kind);
}

const failure = (
  kind: TransportFailureKind,
  scope: TransportFailure["scope"] = "upstream",
): TransportFailure => ({
  kind,
  scope,
  message: `proxy-1 ${kind}`,
  status: undefined,
});
const failed = (kind: TransportFailureKind, refusals = 0, scope?: TransportFailure["scope"]): Evidence => ({
  kind: "proxy-failed",
  failure: failure(kind, scope),
  refusals,
  tookMs: 5,
});
const proof = {
  exitIps: [exit("203.0.113.7")],
  country: undefined,
  agreed: 2,
  asked: 2,
  reach: "public",
  provenAt: nowMs,
} as const;
const proven = (pins = false): Evidence => ({ kind: "exit-proven", proof, pins, tookMs: 5 });
const wrong: Evidence = {
  kind: "exit-wrong",
  why: "saw another",
  seen: undefined,
  country: undefined,
  tookMs: 5,
};

describe("a proxy that could not be used", () => {
  test("counts where a control answers: the assignment cools and this host has it down until then", () => {
    const { changes, decision } = see(failed("refused"), factsOf());
    const [assignment] = on(changes, "assignment");
    const [health] = on(changes, "health");
    expect(decision).toMatchObject({
      kind: "set-aside",
      awaitsControl: false,
      exclusion: { retryClass: "returns" },
    });
    expect(assignment?.next).toMatchObject({ status: "cooling", failures: 1, cooldownUntil: nowMs + 60_000 });
    expect(health).toMatchObject({
      expected: undefined,
      next: { hostKey, state: "down", failures: 1, nextProbeAt: nowMs + 60_000 },
      event: { kind: "proxy.down", message: "proxy-1 refused" },
    });
    expect(on(changes, "proxy")).toEqual([]);
  });

  test.each(["refused", "timeout", "dns"] as const)(
    "(%s) waits for a control, and is told alone where none answers",
    (kind) => {
      expect(see(failed(kind), factsOf(), "unasked")).toMatchObject({
        changes: [],
        decision: { awaitsControl: true },
      });
      const { changes } = see(failed(kind), factsOf(), "silent");
      expect(changes).toMatchObject([{ on: "history", event: { kind: "host.failed" } }]);
    },
  );

  test.each(["reset", "protocol", "tls", "blocked"] as const)(
    "and accepted the connection (%s) needs no control",
    (kind) => {
      const { changes, decision } = see(failed(kind), factsOf(), "unasked");
      expect(decision).toMatchObject({ awaitsControl: false });
      expect(on(changes, "health")).toMatchObject([{ next: { state: "down" } }]);
    },
  );

  test("because this host could not try it is told and marks nobody, whatever else answers", () => {
    const { changes } = see(failed("refused", 0, "host"), factsOf(), "answers");
    expect(changes).toMatchObject([{ on: "history", event: { kind: "host.failed" } }]);
  });

  test("is suspect after a check that no account asked for, and stays down where it was", () => {
    const check = { ...factsOf(), assignment: undefined };
    expect(on(see(failed("refused"), check).changes, "health")).toMatchObject([
      { next: { state: "suspect" } },
    ]);
    const { health } = factsOf({ health: { state: "down", failures: 2 } });
    const again = see(failed("refused"), { ...check, health }).changes;
    expect(on(again, "health")).toMatchObject([{ expected: "down", next: { state: "down", failures: 3 } }]);
    expect(on(again, "assignment")).toEqual([]);
  });
});

describe("a credential", () => {
  test("that was refused once is asked about again, and twice is refused on this host alone", () => {
    expect(see(failed("auth", 1), factsOf(), "unasked")).toEqual({
      changes: [],
      decision: { kind: "ask-again" },
    });
    const { changes, decision } = see(failed("auth", 2), factsOf(), "unasked");
    expect(decision).toMatchObject({
      kind: "set-aside",
      exclusion: { retryClass: "credential" },
      awaitsControl: false,
    });
    expect(on(changes, "health")).toMatchObject([{ next: { hostKey, state: "auth_failed" } }]);
    expect([...on(changes, "assignment"), ...on(changes, "proxy")]).toEqual([]);
    expect([1, 2, 3].map(countsAsRefused)).toEqual([false, true, true]);
  });

  test("is refused for every proxy that has it, told once", () => {
    const other = candidateFacts(2, { health: { state: "up" } });
    const facts = factsOf({}, [{ proxyId: other.proxy.id, health: other.health[0] }]);
    const rows = on(see(failed("auth", 2), facts).changes, "health");
    expect(rows.map(({ next, expected }) => [next.proxyId, expected])).toEqual([
      [facts.proxy.id, undefined],
      [other.proxy.id, "up"],
    ]);
    expect(rows.filter(({ event }) => event !== undefined)).toHaveLength(1);
  });
});

describe("a proven exit", () => {
  test("makes the proxy ok and this host's view good, and may pin the address", () => {
    const { changes, decision } = see(proven(true), factsOf({ proxy: { state: "unverified" } }));
    expect(decision).toEqual({ kind: "use" });
    expect(on(changes, "proxy")).toMatchObject([
      { expected: { state: "unverified" }, next: { state: "ok" }, pin: "203.0.113.7" },
    ]);
    expect(on(changes, "health")).toMatchObject([
      { next: { state: "up", failures: 0, lastOkAt: nowMs, latencyMs: 5 } },
    ]);
  });

  test("that was known is written down as a check and nothing else", () => {
    const facts = factsOf({ health: { state: "up", lastOkAt: instant(nowMs - 1_000) } });
    expect(see(proven(), facts).changes.map((change) => change.on)).toEqual(["check"]);
  });

  test("is written again after a day, so that a host in use is not forgotten", () => {
    const facts = factsOf({
      health: { state: "up", since: instant(nowMs - 9 * day), lastOkAt: instant(nowMs - day) },
    });
    const [health] = on(see(proven(), facts).changes, "health");
    expect(health?.next).toMatchObject({ state: "up", since: nowMs - 9 * day, lastOkAt: nowMs });
  });

  test("does not bring back what an operator disabled", () => {
    for (const state of ["disabled", "expired"] as const)
      expect(on(see(proven(), factsOf({ proxy: { state } })).changes, "proxy")).toEqual([]);
  });
});

test("another exit than the expected one holds everywhere: drifted, and the transport works all the same", () => {
  const { changes, decision } = see(wrong, factsOf({ health: { state: "down" } }));
  expect(decision).toMatchObject({ exclusion: { retryClass: "operator" } });
  expect(on(changes, "proxy")).toMatchObject([
    { next: { state: "drifted", nextProbeAt: nowMs + 60_000 }, event: { kind: "proxy.drifted" } },
  ]);
  expect(on(changes, "health")).toMatchObject([{ next: { state: "up" } }]);
});

test("what was seen of a proxy that was edited since says nothing of it", () => {
  for (const evidence of [proven(true), wrong, failed("refused"), failed("auth", 2)])
    expect(see(evidence, factsOf(), "answers", 0).changes).toEqual([]);
});

describe("for any evidence and any rows", () => {
  const time = fc.option(
    fc.integer({ min: -100_000, max: 100_000 }).map((ms) => instant(nowMs + ms)),
    { nil: undefined },
  );
  const health: fc.Arbitrary<Partial<ProxyHealth>> = fc.record({
    state: fc.constantFrom(...healthStates),
    failures: fc.nat(9),
    lastOkAt: time,
  });
  const facts = fc
    .record({
      proxy: fc.record({ state: fc.constantFrom(...proxyStates) }),
      assignment: fc.record({
        status: fc.constantFrom(...assignmentStatuses),
        failures: fc.nat(9),
        cooldownUntil: time,
      }),
      health: fc.option(health, { nil: undefined }),
    })
    .map(({ health: row, ...change }) => factsOf(row === undefined ? change : { ...change, health: row }));
  const anyFailure = fc.record({
    kind: fc.constantFrom<TransportFailureKind>(
      "auth",
      "refused",
      "reset",
      "timeout",
      "dns",
      "blocked",
      "protocol",
      "tls",
    ),
    scope: fc.constantFrom<TransportFailure["scope"]>("upstream", "host"),
    refusals: fc.integer({ min: 1, max: 3 }),
  });
  const cleanMs = fc.integer({ min: 0, max: 3 * day });
  const evidence: fc.Arbitrary<Evidence> = fc.oneof(
    anyFailure.map(({ kind, scope, refusals }) => failed(kind, refusals, scope)),
    fc.boolean().map(proven),
    fc.constant(wrong),
    fc.constant<Evidence>({ kind: "witnesses-unclear", why: "silent", tookMs: 1 }),
    fc.constant<Evidence>({ kind: "unseen-inside", why: "silent" }),
    fc.constant<Evidence>({ kind: "exit-taken" }),
    fc.constant<Evidence>({ kind: "operator-changed", isRotation: false, why: "disabled" }),
    cleanMs.map<Evidence>((ms) => ({ kind: "exit-clean", cleanMs: ms })),
    cleanMs.map<Evidence>((ms) => ({ kind: "exit-released", cleanMs: ms })),
    fc
      .record({
        cause: fc.constantFrom("transport" as const, "auth" as const, "drift" as const),
        ms: cleanMs,
      })
      .map<Evidence>(({ cause, ms }) => ({ kind: "exit-lost", cause, why: "gone", cleanMs: ms })),
  );
  const control = fc.constantFrom<Guard["control"]>("answers", "silent", "unasked");

  test("an incident of this host changes no row", () => {
    fc.assert(
      fc.property(facts, anyFailure, control, (rows, { kind, scope, refusals }, answer) => {
        const seen = failure(kind, scope);
        const isLocal = scope === "host" || (needsControl(seen) && answer !== "answers");
        if (!isLocal) return;
        const { changes } = see(failed(kind, refusals, scope), rows, answer);
        expect(changes.filter((change) => change.on !== "history")).toEqual([]);
      }),
    );
  });

  test("an operator's word on an assignment is never changed, nor one on a proxy", () => {
    fc.assert(
      fc.property(facts, evidence, control, (rows, seen, answer) => {
        const { changes } = see(seen, rows, answer);
        const isOperators = ["disabled", "held", "quarantined"].includes(rows.assignment?.status ?? "");
        for (const { expected, next } of on(changes, "assignment"))
          if (isOperators)
            expect(next).toMatchObject({ status: expected.status, cooldownUntil: expected.cooldownUntil });
        if (["disabled", "expired"].includes(rows.proxy.state))
          for (const { expected, next } of on(changes, "proxy")) expect(next.state).toBe(expected.state);
      }),
    );
  });

  test("every change expects the row that was read, no row is changed twice, and only this host's view is written", () => {
    fc.assert(
      fc.property(facts, evidence, control, (rows, seen, answer) => {
        const { changes } = see(seen, rows, answer);
        for (const { expected } of on(changes, "assignment")) {
          const { status, failures, cooldownUntil } = rows.assignment ?? {};
          expect(expected).toEqual({ status, failures, cooldownUntil });
        }
        for (const { expected } of on(changes, "proxy"))
          expect(expected).toEqual({ state: rows.proxy.state, revision: rows.proxy.revision });
        const views = on(changes, "health");
        for (const { expected, next } of views) {
          expect(next.hostKey).toBe(hostKey);
          expect(expected).toBe(next.proxyId === rows.proxy.id ? rows.health?.state : undefined);
        }
        const touched: (ProxyId | string)[] = [...on(changes, "assignment"), ...on(changes, "proxy")].map(
          ({ id }) => id,
        );
        const seenViews = views.map(({ next }) => next.proxyId);
        expect(new Set(touched).size).toBe(touched.length);
        expect(new Set(seenViews).size).toBe(seenViews.length);
      }),
    );
  });

  test("a state keeps the moment it began", () => {
    fc.assert(
      fc.property(facts, evidence, (rows, seen) => {
        for (const { expected, next } of on(see(seen, rows).changes, "health")) {
          const began: Instant | undefined =
            next.state === (expected as HealthState | undefined) ? rows.health?.since : nowMs;
          expect(next.since).toBe(began);
        }
      }),
    );
  });
});
