import { expect, test } from "vitest";
import type { LauncherId, RunId } from "../../../../lib/domain/ids.ts";
import type { UnitKey } from "../../../../lib/domain/run/unit-key.ts";
import type { LeaseRequest } from "../../../../lib/ports/store/lease-store.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import type { LeaseKeeper } from "../../../../lib/supervisor/lease/lease-keeper.ts";
import { Reservations } from "../../../../lib/supervisor/lease/reservations.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const unitKey = "account:alice" as UnitKey;
const seen = { token: 7, renewals: 3 };
const launcherId = "launcher-a" as LauncherId;

/** Reservations on a database that failed over to era 2, and gives a lease to whoever has watched that era. */
function afterFailOver() {
  const clock = fakeClock();
  const asked: (number | undefined)[] = [];
  const acquire = async ({ unitKey: key, runId, settledEra }: LeaseRequest) => {
    asked.push(settledEra);
    if (settledEra !== 2) return { kind: "settling", era: 2, ttlMs: 15_000 } as const;
    return { kind: "held", lease: { unitKey: key, instance: "", runId, launcherId, token: 8 } } as const;
  };
  const keeper: Partial<LeaseKeeper> = {
    enter() {},
    leave() {},
    hold() {},
    launcherId: () => Promise.resolve(launcherId),
  };
  const reservations = new Reservations(
    {
      store: { leases: { acquire } } as unknown as Pick<Store, "leases">,
      clock,
      random: { uuid: () => "run-a" as RunId },
    },
    keeper as LeaseKeeper,
  );
  return { clock, asked, reservations };
}

test("what a silent holder has is left alone until the database's new era has been watched for a TTL, and taken then", async () => {
  const { clock, asked, reservations } = afterFailOver();
  expect(await reservations.take(unitKey, seen, () => {})).toEqual({ kind: "busy" });
  await clock.advance(14_900);
  expect(await reservations.take(unitKey, seen, () => {})).toEqual({ kind: "busy" });
  await clock.advance(100);
  expect(await reservations.take(unitKey, seen, () => {})).toEqual({ kind: "reserved", runId: "run-a" });
  expect(asked).toEqual([undefined, undefined, 2]);
});

test("what nobody holds is left to the start, which tells that it waits for the database", async () => {
  const { reservations } = afterFailOver();
  expect(await reservations.take(unitKey, undefined, () => {})).toEqual({ kind: "unknown" });
});
