import { describe, expect, test } from "vitest";
import type { Incident } from "../../../../lib/domain/reputation/incident.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { Evidence } from "../../../../lib/domain/verdict/evidence.ts";
import type { VerdictFacts } from "../../../../lib/policy/verdict/facts.ts";
import { judge } from "../../../../lib/policy/verdict/judge.ts";
import { seenFrom, sharersOf } from "../../../../lib/policy/verdict/sharers.ts";
import { whoFailed } from "../../../../lib/policy/who-failed.ts";
import { type CandidateChange, candidateFacts, exit, nowMs, unknown } from "../facts.ts";

const [minute, day] = [60_000, 86_400_000];
const [soon, ago] = [instant(nowMs + 10 * minute), instant(nowMs - minute)];

function see(evidence: Evidence, change: CandidateChange = {}, more: Partial<VerdictFacts> = {}) {
  const { proxy, assignment, health } = candidateFacts(1, change);
  const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
  const facts: VerdictFacts = { proxy, assignment, health: health[0], sharing: [], ...more };
  return judge({ by, proxy, evidence }, facts, { control: "unasked", random01: 0.5 }, nowMs);
}

const reset = { kind: "reset", scope: "upstream", message: "reset", status: undefined } as const;
const lost = (cleanMs = 0): Evidence => ({ kind: "exit-lost", cause: "transport", why: "gone", cleanMs });
const taken: Evidence = { kind: "exit-taken" };
const released: Evidence = { kind: "exit-released", cleanMs: day };
const clean: Evidence = { kind: "exit-clean", cleanMs: 10 * minute };

describe("the row of an assignment", () => {
  test("that cools keeps its cooldown through all that is no loss", () => {
    const cooling = { status: "cooling", cooldownUntil: soon } as const;
    for (const evidence of [taken, released])
      expect(see(evidence, { assignment: cooling }).changes).toMatchObject([{ next: cooling }]);
  });

  test("that is burned without an end stays so until an operator's word", () => {
    for (const evidence of [taken, released])
      expect(see(evidence, { assignment: { status: "burned" } }).changes).toMatchObject([
        { next: { status: "burned", cooldownUntil: undefined } },
      ]);
  });

  test("that cools and is lost once more cools for longer", () => {
    const assignment = { status: "cooling", failures: 4, cooldownUntil: instant(nowMs + 1) } as const;
    expect(see(lost(), { assignment }).changes[0]).toMatchObject({
      next: { status: "cooling", failures: 5, cooldownUntil: nowMs + 16 * minute },
    });
  });

  test("that is taken after its cooldown is on probation, and active where there was none", () => {
    const back = { status: "cooling", cooldownUntil: ago } as const;
    expect(see(taken, { assignment: back }).changes).toMatchObject([{ next: { status: "probation" } }]);
    expect(see(taken).changes).toMatchObject([{ next: { status: "active", lastLeasedAt: nowMs } }]);
    const now = { status: "cooling", cooldownUntil: instant(nowMs) } as const;
    expect(see(taken, { assignment: now }).changes).toMatchObject([{ next: { status: "probation" } }]);
  });

  test("is off probation once it was held cleanly, and nothing else is", () => {
    const back = { status: "probation", failures: 1, cooldownUntil: ago } as const;
    expect(see(clean, { assignment: back }).changes).toMatchObject([
      { next: { status: "active", failures: 1, cooldownUntil: undefined } },
    ]);
    for (const status of ["active", "standby", "cooling"] as const)
      expect(see(clean, { assignment: { status } }).changes).toEqual([]);
  });

  test("that was taken from the account meanwhile is not written", () => {
    const burned: Evidence = { kind: "exit-burned", why: "418", untilAt: soon, cleanMs: 0 };
    for (const evidence of [taken, released, burned, clean])
      expect(see(evidence, {}, { assignment: undefined }).changes).toEqual([]);
  });

  test("has the clean time before a loss credited", () => {
    expect(see(lost(day), { assignment: { failures: 2 } }).changes[0]).toMatchObject({
      next: { failures: 2 },
    });
  });
});

describe("the row of a proxy", () => {
  test("that drifted keeps since when", () => {
    const wrong: Evidence = {
      kind: "exit-wrong",
      why: "saw another",
      seen: undefined,
      country: undefined,
      tookMs: 1,
    };
    const { changes } = see(wrong, { proxy: { state: "drifted", stateSince: ago } });
    expect(changes).toContainEqual(
      expect.objectContaining({ on: "proxy", next: expect.objectContaining({ stateSince: ago }) }),
    );
  });

  test("is pinned only by a proof that may pin", () => {
    const exitIps = [exit("203.0.113.7")] as const;
    const seen = { country: undefined, agreed: 2, asked: 2, reach: "public", provenAt: nowMs } as const;
    const proven: Evidence = { kind: "exit-proven", proof: { exitIps, ...seen }, pins: false, tookMs: 1 };
    const [change] = see(proven, { proxy: { state: "unverified" } }).changes.filter(
      ({ on }) => on === "proxy",
    );
    expect(change).toMatchObject({ next: { state: "ok" }, pin: undefined });
  });
});

describe("a failure", () => {
  test("that only a setting mends is an operator's, waits for no control and costs nothing", () => {
    const failure = { ...reset, kind: "timeout", remedy: "basic-only" } as const;
    const { changes, decision } = see({ kind: "proxy-failed", failure, refusals: 0, tookMs: 1 });
    expect(decision).toMatchObject({ exclusion: { retryClass: "operator" }, awaitsControl: false });
    expect(changes.map(({ on }) => on)).toEqual(["check"]);
  });

  const probed: Evidence = { kind: "probe-failed", failure: reset, refusals: 0, tookMs: 1 };

  test("of a probe leaves down what an account's failure took down", () => {
    expect(see(probed, { health: { state: "down", failures: 1 } }).changes).toMatchObject([
      { next: { state: "down", failures: 2 } },
    ]);
  });

  test("of a probe blames nobody during an incident", () => {
    const during = { kind: "vendor", name: "a", since: nowMs, untilAt: soon, why: "" } as const;
    const incident: Incident = during;
    expect(see(probed, {}, { incident }).changes).toEqual([]);
  });

  test("of this host explains those of its proxies", () => {
    const own = { ...reset, scope: "host", message: "no route" } as const;
    expect(whoFailed([unknown("w1", reset), unknown("w2", own)])).toEqual(own);
  });
});

test("proxies share a credential where it is the same, and each is seen as this host sees it", () => {
  const withCredential = (n: number, fingerprint: string) => ({
    ...candidateFacts(n).proxy,
    sealed: { token: "t", keyId: "k", fingerprint } as unknown as NonNullable<
      VerdictFacts["proxy"]["sealed"]
    >,
  });
  const [one, two, other] = [withCredential(1, "a"), withCredential(2, "a"), withCredential(3, "b")];
  expect(sharersOf([one], [one, two, other, candidateFacts(4).proxy])).toEqual([two]);
  const rows = ["there", "here"].flatMap(
    (hostKey) => candidateFacts(2, { health: { hostKey, state: "up" } }).health,
  );
  const [seen] = seenFrom("there", [two], rows);
  expect(seen?.health).toMatchObject({ hostKey: "there" });
  expect(seenFrom("elsewhere", [two], rows)).toEqual([{ proxyId: two.id, health: undefined }]);
});
