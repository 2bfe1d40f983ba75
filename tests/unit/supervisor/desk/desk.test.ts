import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import { collectorKey } from "../../../../lib/domain/run/unit-key.ts";
import type { UnitWish } from "../../../../lib/domain/run/unit-wish.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { StoreError } from "../../../../lib/errors.ts";
import type { Ending } from "../../../../lib/policy/machine/state.ts";
import type { OperatorHandler } from "../../../../lib/ports/operator-channel.ts";
import type { WatchedLease } from "../../../../lib/ports/store/lease-store.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import { deskOperators } from "../../../../lib/supervisor/desk/desk-operators.ts";
import type { DeskPorts } from "../../../../lib/supervisor/desk/desk-ports.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleCollector } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = { after: [], ready: undefined, restartAt: undefined };
const lost: Ending = { exitStatus: 75, by: "launcher", reason: "gone", code: "LAUNCH_LEASE_LOST" };

/** A desk of units whose runs end when the test says so. */
async function deskOf(
  names: readonly string[],
  {
    mostStarts = 10,
    careOf = () => care,
    isHeld = false,
  }: {
    readonly mostStarts?: number;
    readonly careOf?: (name: string) => UnitCare;
    /** The first start is refused, and all others have none yet. */
    readonly isHeld?: boolean;
  } = {},
) {
  const clock = fakeClock();
  const startedAt: number[] = [];
  const ends = new Map<string, (ending: Ending) => void>();
  const reserved: (string | undefined)[] = [];
  const givenBack: string[] = [];
  const said: string[] = [];
  const recorded: string[] = [];
  /** Who has a unit, as the database would say. */
  const holders = new Map<string, WatchedLease>();
  const wishes: UnitWish[] = [];
  const output = { write: () => true, drained: async () => {} };
  const ports = {
    clock,
    random: { random01: () => 0.5 },
    journal: { say: ({ text }: { text: string }) => said.push(text) },
    store: {
      accounts: { idsOf: async () => new Map() },
      units: { wishes: async () => [...wishes] },
      leases: { holders: async () => new Map(holders) },
    },
    reservations: {
      take: async (key: string) => {
        holders.delete(key);
        return { kind: "reserved", runId: `run of ${key}` };
      },
      giveBack: async (runId: string) => givenBack.push(runId),
    },
    output: () => ({ stdout: output, stderr: output, end: () => {} }),
    memoryOf: () => new Map(),
    tellIdle: async () => {},
    recordFailed: async ({ name }: { name: string }, { reason }: Ending) =>
      recorded.push(`${name}: ${reason}`),
    minuteOfDay: () => 0,
    isHeldHere: async () => false,
    onFirst: () => {},
    onSettled: () => {},
    async start({ name }: { name: string }, { onReady }: { onReady: () => void }, runId?: string) {
      reserved.push(runId);
      if (isHeld && reserved.length === 1) {
        holders.set(`collector:${name}`, leaseOf(0, { isRunning: false }));
        throw new StoreError("LAUNCH_LEASE_HELD", "host-b has it");
      }
      startedAt.push(clock.monotonicMs());
      const ended = new Promise<Ending>((resolve) => ends.set(name, resolve));
      setImmediate(onReady);
      const ask = async () => ends.get(name)?.({ exitStatus: 0, by: "launcher", reason: "stopped" });
      return { ended, ask, state: { phase: "running", child: { pid: 7 } } };
    },
  } as unknown as { -readonly [Name in keyof DeskPorts]: DeskPorts[Name] };
  const desk = new Desk(ports, mostStarts);
  void desk.run(names.map((name) => ({ unit: sampleCollector({ name }), care: careOf(name) })));
  await clock.advance(10);
  return { clock, desk, startedAt, ends, reserved, givenBack, said, recorded, holders, wishes, ports };
}

test("a unit that loses its lease again and again is started later and later, and at once less late after a stable time", async () => {
  const { clock, startedAt, ends } = await deskOf(["funding"]);
  const loseAfter = async (ranMs: number): Promise<number> => {
    const starts = startedAt.length;
    await clock.advance(ranMs);
    const lostAt = clock.monotonicMs();
    ends.get("funding")?.(lost);
    while (startedAt.length === starts) await clock.advance(100);
    await clock.advance(10);
    return Math.round(((startedAt.at(-1) ?? 0) - lostAt) / 100) * 100;
  };
  expect([await loseAfter(0), await loseAfter(0), await loseAfter(0)]).toEqual([2_500, 5_000, 10_000]);
  expect(await loseAfter(60_000)).toBe(2_500);
});

const held: Ending = { exitStatus: 75, by: "launcher", reason: "host-b has it", code: "LAUNCH_LEASE_HELD" };
const leaseOf = (renewals: number, more: Partial<WatchedLease> = {}): WatchedLease =>
  ({
    owner: { runId: "other", launcher: { host: "host-b", pid: 7 } },
    seen: { token: 1, renewals },
    isRevoked: false,
    ttlMs: 15_000,
    isRunning: true,
    ...more,
  }) as unknown as WatchedLease;

test("a unit that another host has is left to it while that renews, and taken over after its whole TTL of silence", async () => {
  const { clock, desk, ends, reserved, said, holders } = await deskOf(["funding"]);
  holders.set("collector:funding", leaseOf(1));
  ends.get("funding")?.(held);
  for (let renewals = 2; renewals < 10; renewals += 1) {
    await clock.advance(4_000);
    holders.set("collector:funding", leaseOf(renewals));
    expect(desk.units[0]?.state.kind).toBe("standby");
  }
  await clock.advance(14_900);
  expect(reserved).toEqual([undefined]);
  // Seen within two seconds, and from then on a whole TTL.
  await clock.advance(2_200);
  expect(reserved).toEqual([undefined, "run of collector:funding"]);
  expect(said).toEqual([
    "stands by: host-b has it",
    "is taken over: host-b did not renew its lease for 15 s",
  ]);
});

test("a lease that is free is taken at once, and one that was given back when its unit is stopped before its turn", async () => {
  const { clock, desk, ends, reserved, givenBack, holders } = await deskOf(["a", "b", "c"], {
    mostStarts: 1,
  });
  for (const name of ["a", "b", "c"]) {
    holders.set(`collector:${name}`, leaseOf(1));
    await clock.advance(10);
    ends.get(name)?.(held);
    await clock.advance(10);
  }
  holders.clear();
  await clock.advance(2_100);
  const queued = desk.units.filter(({ state }) => state.kind === "queued");
  expect(reserved.filter((run) => run !== undefined).length + queued.length).toBe(3);
  for (const unit of queued) await unit.leave({ why: "the test says so" });
  expect(givenBack).toEqual(expect.arrayContaining(queued.map(({ key }) => `run of ${key}`)));
});

const stopWish = { unitKey: "collector:funding", wanted: "down", by: "user:ann", at: 0 } as UnitWish;

test("a unit that an operator stopped elsewhere a moment ago is not taken over, although its lease is free", async () => {
  const { clock, desk, ends, reserved, holders, wishes } = await deskOf(["funding"]);
  holders.set("collector:funding", leaseOf(1));
  ends.get("funding")?.(held);
  await clock.advance(4_100);
  expect(desk.units[0]?.state.kind).toBe("standby");
  wishes.push(stopWish);
  holders.clear();
  // Seen by the next look at the lease, before what operators want is read again.
  await clock.advance(2_000);
  expect(desk.units[0]?.state).toMatchObject({ kind: "down", why: expect.stringContaining("user:ann") });
  expect(reserved).toEqual([undefined]);
});

test("a unit that waits for its next try is not tried once an operator has stopped it", async () => {
  const { clock, desk, startedAt, ends, wishes } = await deskOf(["funding"]);
  await clock.advance(2_100);
  ends.get("funding")?.(lost);
  await clock.advance(10);
  expect(desk.units[0]?.state.kind).toBe("waiting");
  // After one reading of what operators want, and before the next.
  await clock.advance(2_000);
  wishes.push(stopWish);
  await clock.advance(1_000);
  expect(desk.units[0]?.state.kind).toBe("down");
  expect(startedAt).toHaveLength(1);
});

test("a unit that is started goes on although the database tells late that it was wanted down before", async () => {
  const { clock, desk, ends, wishes, ports } = await deskOf(["funding"]);
  const runs = { snapshot: () => [] } as unknown as OperatorHandler;
  ends.get("funding")?.(lost);
  await clock.advance(10);
  wishes.push(stopWish);
  await desk.hearOperators();
  expect(desk.units[0]?.state.kind).toBe("down");
  let tell: ((late: readonly UnitWish[]) => void) | undefined;
  const { units } = ports.store;
  const late = new Promise<readonly UnitWish[]>((resolve) => (tell = resolve));
  ports.store = { ...ports.store, units: { ...units, wishes: () => late } };
  const reading = desk.hearOperators();
  await clock.advance(0);
  ports.store = { ...ports.store, units };
  wishes.splice(0, 1, { ...stopWish, wanted: "up", at: instant(1) });
  const key = collectorKey("funding");
  const started = deskOperators(desk, runs).ask(key, { verb: "start", by: "user:ann", arguments: {} });
  await clock.advance(10);
  tell?.([stopWish]);
  await reading;
  await clock.advance(10);
  expect(await started).toMatchObject({ isDone: true });
  expect(desk.units[0]?.state.kind).toBe("ready");
});

test("a unit that no run could begin is told of in the history, and one whose run failed is not told of twice", async () => {
  const { clock, desk, ends, recorded, ports } = await deskOf(["funding"]);
  ends.get("funding")?.({ ...lost, exitStatus: 78, code: "LAUNCH_CONFIG_INVALID" });
  await clock.advance(10);
  expect([desk.units[0]?.state.kind, recorded]).toEqual(["failed", []]);
  ports.start = () => Promise.reject(new StoreError("LAUNCH_SPAWN_FAILED", "pyton3 was not found"));
  desk.units[0]?.queue();
  await clock.advance(10);
  expect([desk.units[0]?.state.kind, recorded]).toEqual(["failed", ["funding: pyton3 was not found"]]);
});

test("what starts after a unit that another host has starts once it runs there", async () => {
  const careOf = (name: string) => (name === "bot" ? { ...care, after: ["funding"] } : care);
  const { clock, desk, holders } = await deskOf(["funding", "bot"], { careOf, isHeld: true });
  holders.set("collector:funding", leaseOf(1, { isRunning: false }));
  await clock.advance(2_100);
  expect(desk.units.map(({ state }) => state.kind)).toEqual(["standby", "queued"]);
  holders.set("collector:funding", leaseOf(2));
  await clock.advance(2_100);
  expect(desk.units.map(({ state }) => state.kind)).toEqual(["standby", "ready"]);
});

test("a unit that runs elsewhere while the database does not answer is tried again, and the launcher lives on", async () => {
  const { clock, startedAt, ends, ports } = await deskOf(["funding"]);
  ports.isHeldHere = async () => {
    throw new Error("The database does not answer.");
  };
  ends.get("funding")?.({ ...lost, code: "LAUNCH_LEASE_HELD" });
  await clock.advance(10_000);
  expect(startedAt).toHaveLength(2);
});
