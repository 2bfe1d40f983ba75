import fc from "fast-check";
import { expect, test } from "vitest";
import { monotonic } from "../../../../lib/domain/time.ts";
import { type ErrorCode, errorCatalogue } from "../../../../lib/errors.ts";
import { afterEnd, gravestStatus } from "../../../../lib/policy/desk/after-end.ts";
import { freshBudget, type RestartBudget, restartLimits } from "../../../../lib/policy/restart.ts";

const facts = {
  retries: 0,
  isOnThisHost: false,
  hasEngine: false,
  random01: 0.5,
  leases: freshBudget,
  nowMs: monotonic(0),
  ranMs: 0,
};
const ended = (code: ErrorCode | undefined, exitStatus = 1) =>
  ({ by: "launcher", reason: "so it is", exitStatus, code }) as const;

test.each([
  ["a bot that ended by itself is over", ended(undefined, 0), "finished"],
  ["a bot that ended with a status of its own is over", ended(undefined, 3), "finished"],
  ["a unit that another host has is stood by for", ended("LAUNCH_LEASE_HELD", 75), "standby"],
  ["a lost lease is taken again", ended("LAUNCH_LEASE_LOST", 75), "retry"],
  ["a host without network is waited for", ended("LAUNCH_HOST_OFFLINE", 75), "retry"],
  ["a crash loop is tried again later", ended("LAUNCH_RESTART_BUDGET_SPENT", 71), "retry"],
  ["a wrong setting must be mended first", ended("LAUNCH_CONFIG_INVALID", 78), "failed"],
  ["an account that nobody knows must be added first", ended("LAUNCH_UNKNOWN_ACCOUNT", 64), "failed"],
  ["a tree that could not be stopped is never started beside", ended("LAUNCH_STOP_FAILED", 70), "failed"],
] as const)("%s", (_, ending, kind) => {
  expect(afterEnd(ending, facts).kind).toBe(kind);
});

test("a unit that another launcher of this host runs is left to it", () => {
  expect(afterEnd(ended("LAUNCH_LEASE_HELD", 75), { ...facts, isOnThisHost: true }).kind).toBe("elsewhere");
});

test("where a program of the host starts the launcher again, only a crash loop is waited out here", () => {
  const kinds = (Object.keys(errorCatalogue) as ErrorCode[]).map((code) => [
    code,
    afterEnd(ended(code, errorCatalogue[code].exitStatus), { ...facts, hasEngine: true }).kind,
  ]);
  const waited = kinds.filter(([, kind]) => kind !== "failed");
  expect(waited).toEqual([["LAUNCH_RESTART_BUDGET_SPENT", "retry"]]);
});

test("waits begin with seconds, grow, and are never longer than a minute; a crash loop waits ten minutes", () => {
  const delayOf = (retries: number, random01: number) => {
    const next = afterEnd(ended("LAUNCH_HOST_OFFLINE", 75), { ...facts, retries, random01 });
    return next.kind === "retry" ? next.delayMs : 0;
  };
  fc.assert(
    fc.property(fc.nat(1_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (retries, random01) => {
      expect(delayOf(retries, random01)).toBeGreaterThanOrEqual(2_500);
      expect(delayOf(retries, random01)).toBeLessThanOrEqual(60_000);
      expect(delayOf(retries + 1, random01)).toBeGreaterThanOrEqual(delayOf(retries, random01));
    }),
  );
  expect(afterEnd(ended("LAUNCH_RESTART_BUDGET_SPENT", 71), facts)).toMatchObject({ delayMs: 600_000 });
});

test("losses of the lease have a budget of their own: any number of them is paced, and a stable time begins it anew", () => {
  const ran = fc.oneof(fc.nat(5_000), fc.nat(200_000));
  const unit = fc.double({ min: 0, max: 0.999, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(ran, unit), { maxLength: 40 }), (losses) => {
      const { maxInWindow, windowMs, capMs } = restartLimits.lease;
      const startedAt: number[] = [];
      let leases: RestartBudget = freshBudget;
      let now = 0;
      for (const [ranMs, random01] of losses) {
        now += ranMs;
        const at = { ...facts, leases, random01, ranMs, nowMs: monotonic(now) };
        const next = afterEnd(ended("LAUNCH_LEASE_LOST", 75), at);
        if (next.kind !== "retry" || next.leases === undefined) throw new Error(next.kind);
        ({ leases } = next);
        now += next.delayMs;
        startedAt.push(now);
        const recent = startedAt.filter((each) => each > now - windowMs);
        expect(recent.length).toBeLessThanOrEqual(maxInWindow + 1);
        if (ranMs >= restartLimits.lease.stableMs && recent.length <= maxInWindow)
          expect(next.delayMs).toBeLessThanOrEqual(capMs);
      }
    }),
  );
  // What else the unit waits for has no part in it.
  const other = afterEnd(ended("LAUNCH_HOST_OFFLINE", 75), facts);
  expect(other).not.toHaveProperty("leases");
});

test("every code of ours has a place: what only a person can mend is never tried again by itself", () => {
  const kinds = Object.fromEntries(
    (Object.keys(errorCatalogue) as ErrorCode[]).map((code) => [
      code,
      afterEnd(ended(code, errorCatalogue[code].exitStatus), facts).kind,
    ]),
  );
  for (const [code, kind] of Object.entries(kinds)) {
    const { exitStatus } = errorCatalogue[code as ErrorCode];
    if (exitStatus === 75 && code !== "LAUNCH_LEASE_HELD") expect([code, kind]).toEqual([code, "retry"]);
    if (exitStatus === 78 || exitStatus === 64) expect([code, kind]).toEqual([code, "failed"]);
  }
});

test.each([
  [[], 0],
  [[0, 0], 0],
  [[0, 75, 0], 75],
  [[75, 3], 3],
  [[3, 78, 75], 78],
  [[1, 2], 1],
] as const)("the gravest of %j is %d", (statuses, gravest) => {
  expect(gravestStatus(statuses)).toBe(gravest);
});
