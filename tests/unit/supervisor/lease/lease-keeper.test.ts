import { describe, expect, test } from "vitest";
import type { LauncherId, RunId } from "../../../../lib/domain/ids.ts";
import type { Lease } from "../../../../lib/domain/run/lease.ts";
import { collectorKey } from "../../../../lib/domain/run/unit-key.ts";
import type { Notice } from "../../../../lib/ports/journal.ts";
import type { Launcher, LauncherStore } from "../../../../lib/ports/store/launcher-store.ts";
import { type LauncherSelf, LeaseKeeper } from "../../../../lib/supervisor/lease/lease-keeper.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";

const self: LauncherSelf = {
  process: sampleProcess(),
  version: "0.1.0",
  protocol: 1,
  operatorSocket: Promise.resolve("/run/one.op.sock"),
  keyIds: ["old"],
  folder: "/srv",
  choices: {},
  ttlMs: 15_000,
};
const runId = "run-1" as RunId;
const token = 7;
const kept = [token];

/** A keeper whose database answers each renewal as `answer` says, with one lease from the beginning. */
async function keeperOn(
  answer: (count: number) => Promise<readonly number[] | undefined>,
  change: Partial<LauncherSelf> = {},
  exits: readonly number[] = [],
) {
  const clock = fakeClock();
  const said: Notice[] = [];
  const deadlines: number[] = [];
  const losses: string[] = [];
  const hints: string[] = [];
  const registered: Launcher[] = [];
  const tidied: unknown[] = [];
  const wrote: string[] = [];
  let count = 0;
  let ids = 0;
  const launchers: LauncherStore = {
    register: async (launcher) => void registered.push(launcher),
    renew: async () => {
      const tokens = await answer(++count);
      return tokens && { tokens, exits };
    },
    tidy: async (_id, tokens, runs) => tidied.push([tokens, runs]),
    update: async (id, { keyIds }) => void wrote.push(`${id} has ${keyIds.join()}`),
    otherChoices: async () => [],
    present: async () => [],
    tellIdle: async () => {},
    end: async (id) => void wrote.push(`${id} ended`),
  };
  const journal = { say: (notice: Notice) => void said.push(notice) };
  const random = { uuid: () => `launcher-${++ids}` };
  const keeper = new LeaseKeeper({ launchers, clock, random, journal }, { ...self, ...change });
  const hold = async (change: Partial<Lease> = {}) => {
    const launcherId = await keeper.launcherId();
    const slot = { unitKey: collectorKey("ticks"), instance: "" };
    keeper.hold({ ...slot, runId, launcherId, token, ...change }, clock.monotonicMs(), {
      onRenewed: (deadline) => deadlines.push(deadline),
      onLost: ({ reason, hint }) => {
        losses.push(`${reason} at ${clock.monotonicMs()}`);
        hints.push(hint);
      },
    });
  };
  await hold();
  const later = <T>(ms: number, value: T) =>
    new Promise<T>((resolve) => clock.after(ms, () => resolve(value)));
  const seen = { said, deadlines, losses, hints, registered, tidied, wrote };
  return { clock, keeper, hold, later, asked: () => count, ...seen };
}

const never = () => new Promise<never>(() => {});
const down = () => Promise.reject(new Error("connection refused"));

describe("a held lease", () => {
  test("is good for 12 s from the moment its renewal was sent, however late the answer", async () => {
    const bench = await keeperOn(() => bench.later(2_000, kept));
    await bench.clock.advance(4_000 + 2_000);
    expect(bench.deadlines).toEqual([12_000, 16_000]);
  });

  test("is lost at its deadline when the database never answers, refuses, or breaks off", async () => {
    for (const answer of [never, down]) {
      const bench = await keeperOn((count) => (count === 1 ? Promise.resolve(kept) : answer()));
      await bench.clock.advance(15_990);
      expect(bench.losses).toEqual([]);
      await bench.clock.advance(20);
      expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ended at 16000"]);
      expect(bench.hints[0]).toContain("`launch doctor`");
    }
  });

  test("outlives a restart of the database for 60 s where its TTL is 90 s, and is lost 87 s after its last renewal", async () => {
    const isBack = { now: true };
    const bench = await keeperOn(() => (isBack.now ? Promise.resolve(kept) : down()), { ttlMs: 90_000 });
    expect(bench.registered).toMatchObject([{ ttlMs: 90_000 }]);
    await bench.clock.advance(4_000);
    isBack.now = false;
    await bench.clock.advance(60_000);
    isBack.now = true;
    await bench.clock.advance(8_000);
    expect([bench.losses, bench.said.at(-1)?.text]).toEqual([[], "the database answers again"]);
    isBack.now = false;
    await bench.clock.advance(200_000);
    expect(bench.losses).toEqual([
      expect.stringMatching(/^the database did not answer for 87 s, and the lease ended at /),
    ]);
  });

  test("is renewed more often where its TTL is short, so that one renewal may hang all the same", async () => {
    const bench = await keeperOn((count) => (count % 2 === 1 ? never() : Promise.resolve(kept)), {
      ttlMs: 10_000,
    });
    await bench.clock.advance(60_000);
    expect(bench.losses).toEqual([]);
  });

  test("is asked for anew over another connection when a renewal hangs", async () => {
    const bench = await keeperOn((count) => (count === 1 ? never() : Promise.resolve(kept)));
    await bench.clock.advance(30_000);
    expect(bench.losses).toEqual([]);
  });

  test("counts a late answer by the moment it was asked, and never shortens what a newer one gave", async () => {
    const bench = await keeperOn((count) => (count === 1 ? bench.later(6_000, kept) : Promise.resolve(kept)));
    await bench.clock.advance(11_000);
    expect(bench.deadlines).toEqual([12_000, 20_000]);
  });

  test("is not revived by an answer after its deadline", async () => {
    const bench = await keeperOn(() => bench.later(9_000, kept));
    await bench.clock.advance(40_000);
    expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ended at 12000"]);
    expect(bench.deadlines).toEqual([12_000]);
  });

  test("is lost at once when another run has taken it", async () => {
    const bench = await keeperOn(() => Promise.resolve([]));
    await bench.clock.advance(4_000);
    expect(bench.losses).toEqual(["another run has taken the lease at 4000"]);
    expect(bench.hints[0]).toContain("`launch ps`");
  });

  test("is lost when a fail-over forgot the exit of its run, although the lease itself is known", async () => {
    const bench = await keeperOn(() => Promise.resolve(kept), {}, [9]);
    bench.keeper.watchExit(runId, 9);
    await bench.clock.advance(4_000);
    expect(bench.losses).toEqual([]);
    bench.keeper.watchExit(runId, 10);
    await bench.clock.advance(4_000);
    expect(bench.losses).toEqual([
      "the database no longer knows who has its exit, as after a fail-over to a standby that had missed it at 8000",
    ]);
    expect(bench.hints[0]).toContain("docs/database.md");
  });

  test("is not lost by what a renewal says of an exit that is taken or given back meanwhile", async () => {
    const bench = await keeperOn(() => bench.later(100, kept), {}, []);
    bench.keeper.watchExit(runId, 9);
    await bench.clock.advance(4_050);
    // The answer does not name it: it was given back before the database came to the renewal.
    bench.keeper.leaveExit({ runId, token: 9 });
    await bench.clock.advance(4_000);
    bench.keeper.watchExit(runId, 10);
    await bench.clock.advance(60);
    // The answer was on its way when it was taken.
    bench.keeper.leaveExit({ runId, token: 9 });
    expect([bench.losses, bench.keeper.watchExit(runId, undefined)]).toEqual([[], 10]);
    await bench.clock.advance(20_000);
    expect(bench.losses).toEqual([]);
  });

  test("is lost to a stop of the launcher itself, when it was stopped, and not to the database", async () => {
    const bench = await keeperOn((count) => (count === 1 ? Promise.resolve(kept) : never()));
    await bench.clock.advance(5_000);
    bench.clock.freeze(20_000);
    await bench.clock.advance(0);
    expect(bench.losses).toEqual([
      "this launcher was suspended, or got no processor time, for at least 17 s, and the lease ended at 25000",
    ]);
    expect(bench.hints[0]).toContain("SIGSTOP");
  });

  test("is lost to a stop also when it ended just behind the deadline", async () => {
    const bench = await keeperOn((count) => (count === 1 ? Promise.resolve(kept) : never()));
    await bench.clock.advance(5_000);
    bench.clock.freeze(11_300);
    await bench.clock.advance(0);
    expect(bench.losses).toEqual([
      "this launcher was suspended, or got no processor time, for at least 8 s, and the lease ended at 16300",
    ]);
  });

  test("is not said to be lost to a stop that it outlived", async () => {
    const bench = await keeperOn((count) => (count < 3 ? bench.later(10, kept) : never()));
    await bench.clock.advance(4_500);
    bench.clock.freeze(6_000);
    await bench.clock.advance(30_000);
    expect(bench.losses).toEqual(["the database did not answer for 12 s, and the lease ended at 22500"]);
  });

  test("is neither extended nor lost once its run has left or given up", async () => {
    for (const verb of ["leave", "abandon"] as const) {
      const bench = await keeperOn(() => Promise.resolve([]));
      bench.keeper[verb](runId);
      await bench.clock.advance(60_000);
      expect([bench.losses, bench.deadlines]).toEqual([[], [12_000]]);
    }
  });

  test("is lost at its deadline by an answer that a frozen launcher finds when it wakes, even one that kept it", async () => {
    let wake = (_tokens: readonly number[]): void => {};
    const bench = await keeperOn(() => new Promise((resolve) => (wake = resolve)));
    await bench.clock.advance(4_000);
    // The timers of a woken process may come after the answer that waited for it.
    bench.clock.freeze(20_000);
    wake(kept);
    await Promise.resolve();
    await Promise.resolve();
    await bench.clock.advance(0);
    expect(bench.losses).toHaveLength(1);
    expect(bench.deadlines).toEqual([12_000]);
  });

  test("is not lost by a renewal that was sent before it was acquired", async () => {
    const bench = await keeperOn((count) =>
      count === 1 ? bench.later(1_000, kept) : Promise.resolve([7, 8]),
    );
    await bench.clock.advance(4_500);
    await bench.hold({ runId: "run-2" as RunId, token: 8 });
    await bench.clock.advance(30_000);
    expect(bench.losses).toEqual([]);
  });
});

test("an outage is said once with the time that is left, and its end once", async () => {
  const bench = await keeperOn((count) => (count < 5 ? down() : Promise.resolve(kept)));
  await bench.clock.advance(20_000);
  expect(bench.said.map(({ text }) => text)).toEqual([
    "the database does not answer (connection refused); what runs continues for at most 8 s",
    "the database answers again",
  ]);
});

describe("a launcher", () => {
  test("registers once, when its id is first asked for, as what it is", async () => {
    const bench = await keeperOn(() => Promise.resolve(kept));
    expect(await bench.keeper.launcherId()).toBe("launcher-1");
    expect(bench.registered).toEqual([
      { ...self, operatorSocket: "/run/one.op.sock", id: "launcher-1", ttlMs: 15_000 },
    ]);
  });

  test("whose row is gone loses all that it held at once, and registers under an id that nobody had", async () => {
    const bench = await keeperOn(() => Promise.resolve(undefined));
    await bench.hold({ runId: "run-2" as RunId, token: 8 });
    await bench.clock.advance(4_000);
    const reason = "the database no longer knows this launcher, so all its leases are gone at 4000";
    expect(bench.losses).toEqual([reason, reason]);
    expect(await bench.keeper.launcherId()).toBe("launcher-2");
    await bench.hold({ token: 9 });
    bench.keeper.renounce("launcher-1" as LauncherId);
    expect(bench.losses).toHaveLength(2);
  });

  test("frees what no run here knows of, and nothing of a run that still asks or still ends", async () => {
    const bench = await keeperOn(() => Promise.resolve([7, 8, 9]));
    bench.keeper.enter("run-2" as RunId);
    await bench.clock.advance(4_000);
    expect(bench.tidied).toEqual([
      [
        [8, 9],
        ["run-1", "run-2"],
      ],
    ]);
    bench.keeper.abandon(runId);
    bench.keeper.leave("run-2" as RunId);
    await bench.clock.advance(4_000);
    expect(bench.tidied[1]).toEqual([[7, 8, 9], ["run-1"]]);
  });

  test("keeps a run that lost its lease known until that run has left", async () => {
    const bench = await keeperOn((count) => (count === 1 ? Promise.resolve([]) : Promise.resolve(kept)));
    await bench.clock.advance(8_000);
    expect(bench.losses).toHaveLength(1);
    expect(bench.tidied).toEqual([[kept, ["run-1"]]]);
  });

  test("says which keys it holds, under its new id too", async () => {
    const bench = await keeperOn(() => Promise.resolve(undefined));
    await bench.keeper.keysChanged(["new", "old"]);
    expect(bench.wrote).toEqual(["launcher-1 has new,old"]);
    await bench.clock.advance(4_000);
    await bench.keeper.launcherId();
    expect(bench.registered.at(-1)).toMatchObject({ id: "launcher-2", keyIds: ["new", "old"] });
  });

  test("that stops says so and leaves no timer behind", async () => {
    const bench = await keeperOn(() => Promise.resolve(kept));
    await bench.clock.advance(10_000);
    await bench.keeper.stop();
    expect(bench.wrote).toEqual(["launcher-1 ended"]);
    expect(bench.clock.pending()).toBe(0);
  });
});
