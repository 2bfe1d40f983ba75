import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import type { Ending } from "../../../../lib/policy/machine/state.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts } from "../../../../lib/supervisor/desk/desk-ports.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleCollector } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = { after: [], ready: undefined, memoryLimitBytes: undefined, restartAt: undefined };
const lost: Ending = { exitStatus: 75, by: "launcher", reason: "gone", code: "LAUNCH_LEASE_LOST" };

/** A desk of units whose runs end when the test says so. */
async function deskOf(names: readonly string[]) {
  const clock = fakeClock();
  const startedAt: number[] = [];
  const ends = new Map<string, (ending: Ending) => void>();
  const output = { write: () => true, drained: async () => {} };
  const ports = {
    clock,
    random: { random01: () => 0.5 },
    journal: { say: () => {} },
    store: { accounts: { list: async () => [] }, units: { wishes: async () => [] } },
    output: () => ({ stdout: output, stderr: output, end: () => {} }),
    memoryOf: () => new Map(),
    minuteOfDay: () => 0,
    isHeldHere: async () => false,
    onFirst: () => {},
    onSettled: () => {},
    async start({ name }: { name: string }, { onReady }: { onReady: () => void }) {
      startedAt.push(clock.monotonicMs());
      const ended = new Promise<Ending>((resolve) => ends.set(name, resolve));
      setImmediate(onReady);
      return { ended, state: { phase: "running", child: { pid: 7 } } };
    },
  } as unknown as DeskPorts;
  void new Desk(ports, 10).run(names.map((name) => ({ unit: sampleCollector({ name }), care })));
  await clock.advance(10);
  return { clock, startedAt, ends };
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
