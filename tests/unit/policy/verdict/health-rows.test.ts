import { describe, expect, test } from "vitest";
import type { ProxyId } from "../../../../lib/domain/ids.ts";
import type { ProxyHealth } from "../../../../lib/domain/proxy/proxy-health.ts";
import { type Instant, instant } from "../../../../lib/domain/time.ts";
import type { Evidence } from "../../../../lib/domain/verdict/evidence.ts";
import type { Guard, VerdictFacts } from "../../../../lib/policy/verdict/facts.ts";
import { judge } from "../../../../lib/policy/verdict/judge.ts";
import { type CandidateChange, candidateFacts, exit, nowMs } from "../facts.ts";

const [minute, day] = [60_000, 86_400_000];
const inMs = (ms: number): Instant => instant(nowMs + ms);
const auth = { kind: "auth", scope: "upstream", message: "407", status: 407 } as const;
const reset = { kind: "reset", scope: "upstream", message: "reset", status: undefined } as const;
const failed = (failure: typeof auth | typeof reset): Evidence => ({
  kind: "proxy-failed",
  failure,
  refusals: 2,
  tookMs: 1,
});
const exitIps = [exit("203.0.113.7")] as const;
const seen = { country: undefined, agreed: 2, asked: 2, reach: "public", provenAt: nowMs } as const;
const proven: Evidence = { kind: "exit-proven", proof: { exitIps, ...seen }, pins: false, tookMs: 40 };
const wrong: Evidence = {
  kind: "exit-wrong",
  why: "saw another",
  seen: undefined,
  country: undefined,
  tookMs: 1,
};

function see(
  evidence: Evidence,
  change: CandidateChange = {},
  { guard = {}, ...more }: Partial<VerdictFacts> & { readonly guard?: Partial<Guard> } = {},
) {
  const { proxy, assignment } = candidateFacts(1, change);
  const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
  const facts: VerdictFacts = { proxy, assignment, health: undefined, sharing: [], ...more };
  return judge({ by, proxy, evidence }, facts, { control: "answers", random01: 0.5, ...guard }, nowMs)
    .changes;
}

function healthOf(changes: ReturnType<typeof see>) {
  return changes.flatMap((change) => (change.on === "health" ? [change] : []));
}

function health(change: Partial<ProxyHealth>): ProxyHealth {
  const { id } = candidateFacts(1).proxy;
  const base = { proxyId: id, hostKey: "here", state: "up", since: inMs(-9 * day), failures: 0 } as const;
  return { ...base, nextProbeAt: undefined, lastOkAt: undefined, latencyMs: undefined, ...change };
}

describe("what a host has of a proxy", () => {
  test("is down until the cooldown ends where an account met it, and suspect for five minutes after a check alone", () => {
    const known = { health: health({ state: "suspect", failures: 2 }) };
    const changes = see(failed(reset), {}, known);
    const [assignment] = changes.flatMap((change) => (change.on === "assignment" ? [change.next] : []));
    expect(assignment?.cooldownUntil).toBe(inMs(minute));
    expect(healthOf(changes)).toMatchObject([
      { next: { state: "down", failures: 3, nextProbeAt: inMs(minute), since: nowMs } },
    ]);
    expect(healthOf(see(failed(reset), {}, { ...known, assignment: undefined }))).toMatchObject([
      { next: { state: "suspect", failures: 3, nextProbeAt: inMs(5 * minute), since: inMs(-9 * day) } },
    ]);
  });

  test("is a refused credential for each proxy that has it, in one order and told once", () => {
    const others = ["0", "2"].map((id) => ({ proxyId: id as ProxyId, health: undefined }));
    const proxy = { id: "1" as ProxyId };
    const known = health({ proxyId: proxy.id, failures: 4, state: "auth_failed", nextProbeAt: inMs(minute) });
    const changes = healthOf(see(failed(auth), { proxy }, { sharing: others.toReversed(), health: known }));
    expect(changes.map(({ next }) => [next.proxyId, next.state, next.failures, next.nextProbeAt])).toEqual([
      ["0", "auth_failed", 1, undefined],
      ["1", "auth_failed", 5, undefined],
      ["2", "auth_failed", 1, undefined],
    ]);
    expect(changes.map(({ event }) => event?.kind)).toEqual([undefined, "proxy.auth_failed", undefined]);
  });

  test("is not written anew with each proof, but once a day, by when it was last seen well", () => {
    const writes = (change: Partial<ProxyHealth>) => healthOf(see(proven, {}, { health: health(change) }));
    expect(writes({ lastOkAt: inMs(1 - day) })).toEqual([]);
    expect(writes({ since: inMs(-1) })).toEqual([]);
    expect(writes({ lastOkAt: inMs(-day), nextProbeAt: inMs(minute) })).toMatchObject([
      { next: { state: "up", failures: 0, lastOkAt: nowMs, latencyMs: 40, nextProbeAt: undefined } },
    ]);
    expect(writes({ lastOkAt: inMs(-1), state: "down" })).toMatchObject([{ next: { since: nowMs } }]);
  });
});

describe("the state of a proxy", () => {
  test.each(["unverified", "drifted"] as const)(
    "that is %s is good again once its exit is proven",
    (state) => {
      const changes = see(proven, { proxy: { state, stateSince: inMs(-day), nextProbeAt: inMs(minute) } });
      expect(changes).toContainEqual(
        expect.objectContaining({
          on: "proxy",
          next: { state: "ok", stateSince: nowMs, nextProbeAt: undefined },
        }),
      );
    },
  );

  test.each(["disabled", "expired"] as const)(
    "that is %s stays so whatever it shows, and that is told",
    (state) => {
      const kinds = see(wrong, { proxy: { state } }).map(({ on }) => on);
      expect(kinds).toContain("history");
      expect(kinds).not.toContain("proxy");
    },
  );
});

describe("a background probe", () => {
  test.each([
    [0, 480],
    [0.5, 600],
    [0.999_999_9, 720],
  ])("is spread by a fifth (chance %d)", (random01, seconds) => {
    const [change] = healthOf(see({ kind: "probe-passed", tookMs: 1 }, {}, { guard: { random01 } }));
    expect((change?.next.nextProbeAt ?? 0) - nowMs).toBe(seconds * 1_000);
  });

  test("is believed alone unless failures went before, and tells of the proxy once it is back", () => {
    const passed: Evidence = { kind: "probe-passed", tookMs: 1 };
    const rowAfter = (change: Partial<ProxyHealth> | undefined) => {
      const changes = see(passed, {}, { health: change && health(change) });
      const [{ next, event } = {}] = healthOf(changes);
      return [next?.state, next?.lastOkAt, event?.kind, changes.map(({ on }) => on)];
    };
    expect(rowAfter(undefined)).toEqual(["up", nowMs, undefined, ["health"]]);
    expect(rowAfter({ state: "up" })).toEqual(["up", nowMs, undefined, ["health"]]);
    expect(rowAfter({ state: "suspect", failures: 1 })).toEqual(["suspect", nowMs, undefined, ["health"]]);
    expect(rowAfter({ state: "suspect" })).toEqual(["up", nowMs, "proxy.up", ["check", "health"]]);
    expect(rowAfter({ state: "auth_failed", failures: 3 })).toEqual([
      "up",
      nowMs,
      "proxy.up",
      ["check", "health"],
    ]);
  });

  test("that fails is the first failure of a proxy of which nothing was known", () => {
    const probed: Evidence = { kind: "probe-failed", failure: reset, refusals: 0, tookMs: 1 };
    expect(healthOf(see(probed))).toMatchObject([
      { next: { state: "suspect", failures: 1 }, event: undefined },
    ]);
  });

  test("that this host could not make says nothing of the proxy", () => {
    const failure = { ...reset, scope: "host" } as const;
    expect(see({ kind: "probe-failed", failure, refusals: 0, tookMs: 1 })).toEqual([]);
  });
});
