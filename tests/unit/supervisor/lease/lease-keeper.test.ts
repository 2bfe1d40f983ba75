import { describe, expect, test } from "vitest";
import type { LauncherId, RunId } from "../../../../lib/domain/ids.ts";
import type { Lease, LeaseResource } from "../../../../lib/domain/run/lease.ts";
import type { Notice } from "../../../../lib/ports/journal.ts";
import { LeaseKeeper } from "../../../../lib/supervisor/lease/lease-keeper.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const lease: Lease = {
  resource: "account:alice" as LeaseResource,
  runId: "run-1" as RunId,
  token: 1,
  ttlMs: 15_000,
};

/** A keeper whose database answers each renewal as `answer` says. */
function keeperOn(answer: (count: number) => Promise<readonly LeaseResource[]>) {
  const clock = fakeClock();
  const said: Notice[] = [];
  const deadlines: number[] = [];
  const losses: string[] = [];
  const hints: string[] = [];
  let count = 0;
  const renew = () => answer(++count);
  const ports = {
    leases: { renew },
    clock,
    journal: { say: (notice: Notice) => void said.push(notice) },
  };
  const keeper = new LeaseKeeper(ports, "launcher-1" as LauncherId);
  const letGo = keeper.hold(lease, clock.monotonicMs(), {
    onRenewed: (deadline) => deadlines.push(deadline),
    onLost: ({ reason, hint }) => {
      losses.push(`${reason} at ${clock.monotonicMs()}`);
      hints.push(hint);
    },
  });
  const later = <T>(ms: number, value: T) =>
    new Promise<T>((resolve) => clock.after(ms, () => resolve(value)));
  return { clock, keeper, said, deadlines, losses, hints, letGo, later, asked: () => count };
}

const kept = [lease.resource];
const never = () => new Promise<never>(() => {});
const down = () => Promise.reject(new Error("connection refused"));

describe("a held lease", () => {
  test("is good for 12 s from the moment its renewal was sent, however late the answer", async () => {
    const bench = keeperOn(() => bench.later(2_000, kept));
    await bench.clock.advance(4_000 + 2_000);
    expect(bench.deadlines).toEqual([12_000, 16_000]);
  });

  test("is lost at its deadline when the database never answers, refuses, or breaks off", async () => {
    for (const answer of [never, down]) {
      const bench = keeperOn((count) => (count === 1 ? Promise.resolve(kept) : answer()));
      await bench.clock.advance(15_990);
      expect(bench.losses).toEqual([]);
      await bench.clock.advance(20);
      expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ran out at 16000"]);
      expect(bench.hints[0]).toContain("`launch doctor`");
    }
  });

  test("is asked for anew over another connection when a renewal hangs", async () => {
    const bench = keeperOn((count) => (count === 1 ? never() : Promise.resolve(kept)));
    await bench.clock.advance(30_000);
    expect(bench.losses).toEqual([]);
  });

  test("counts a late answer by the moment it was asked, and never shortens what a newer one gave", async () => {
    const bench = keeperOn((count) => (count === 1 ? bench.later(6_000, kept) : Promise.resolve(kept)));
    await bench.clock.advance(11_000);
    expect(bench.deadlines).toEqual([12_000, 20_000]);
  });

  test("is not revived by an answer after its deadline", async () => {
    const bench = keeperOn(() => bench.later(9_000, kept));
    await bench.clock.advance(40_000);
    expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ran out at 12000"]);
    expect(bench.deadlines).toEqual([12_000]);
  });

  test("is lost at once when another run has taken it", async () => {
    const bench = keeperOn(() => Promise.resolve([]));
    await bench.clock.advance(4_000);
    expect(bench.losses).toEqual(["another run has taken the lease at 4000"]);
    expect(bench.hints[0]).toContain("`launch ps`");
  });

  test("is lost to a stop of the launcher itself, when it was stopped, and not to the database", async () => {
    const bench = keeperOn((count) => (count === 1 ? Promise.resolve(kept) : never()));
    await bench.clock.advance(5_000);
    bench.clock.freeze(20_000);
    await bench.clock.advance(0);
    expect(bench.losses).toEqual([
      "this launcher was stopped, or got no processor time, for at least 17 s, and the lease ran out at 25000",
    ]);
    expect(bench.hints[0]).toContain("SIGSTOP");
  });

  test("is lost to a stop also when it ended just behind the deadline", async () => {
    const bench = keeperOn((count) => (count === 1 ? Promise.resolve(kept) : never()));
    await bench.clock.advance(5_000);
    bench.clock.freeze(11_300);
    await bench.clock.advance(0);
    expect(bench.losses).toEqual([
      "this launcher was stopped, or got no processor time, for at least 8 s, and the lease ran out at 16300",
    ]);
  });

  test("is not said to be lost to a stop that it outlived", async () => {
    const bench = keeperOn((count) => (count < 3 ? bench.later(10, kept) : never()));
    await bench.clock.advance(4_500);
    bench.clock.freeze(6_000);
    await bench.clock.advance(30_000);
    expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ran out at 22500"]);
  });

  test("is neither renewed nor lost once it was let go", async () => {
    const bench = keeperOn(() => Promise.resolve([]));
    bench.letGo();
    await bench.clock.advance(60_000);
    expect([bench.losses, bench.asked()]).toEqual([[], 0]);
  });
});

test("an outage is said once with the time that is left, and its end once", async () => {
  const bench = keeperOn((count) => (count < 5 ? down() : Promise.resolve(kept)));
  await bench.clock.advance(20_000);
  expect(bench.said.map(({ text }) => text)).toEqual([
    "the database does not answer (connection refused); what runs goes on for at most 8 s more",
    "the database answers again",
  ]);
});

test("a stopped keeper leaves no timer behind", async () => {
  const bench = keeperOn(() => Promise.resolve(kept));
  await bench.clock.advance(10_000);
  bench.keeper.stop();
  expect(bench.clock.pending()).toBe(0);
});
