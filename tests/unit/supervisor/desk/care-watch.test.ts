import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import { CareWatch } from "../../../../lib/supervisor/desk/care-watch.ts";
import type { DeskPorts } from "../../../../lib/supervisor/desk/desk-ports.ts";
import type { DeskUnit } from "../../../../lib/supervisor/desk/desk-unit.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const care: UnitCare = { after: [], ready: undefined, restartAt: undefined };

function watched(own: Partial<UnitCare>, memoryLimitBytes?: number) {
  const clock = fakeClock();
  const asked: string[] = [];
  const said: string[] = [];
  const memory = new Map<number, number>();
  const ports = {
    clock,
    random: { random01: () => 0.5 },
    journal: { say: ({ text }: { text: string }) => said.push(text) },
    memoryOf: () => memory,
    // 23:50
    minuteOfDay: () => 23 * 60 + 50 + Math.floor(clock.monotonicMs() / 60_000),
  } as unknown as DeskPorts;
  const unit = {
    name: "alice",
    declared: { unit: { memoryLimitBytes }, care: { ...care, ...own } },
    runner: { state: { phase: "running", child: { pid: 7, startedAtMs: 0 } } },
    restart: ({ by, cause, delayMs = 0 }: Parameters<DeskUnit["restart"]>[0]) => {
      asked.push(`${cause} after ${delayMs}: ${by}`);
    },
  } as unknown as DeskUnit;
  const watch = new CareWatch(ports);
  return { clock, asked, said, memory, look: () => watch.look([unit]) };
}

test("a unit is started anew once a day, at its time, past midnight too", async () => {
  const { clock, asked, look } = watched({ restartAt: 10 });
  look();
  await clock.advance(19 * 60_000);
  look();
  expect(asked).toEqual([]);
  await clock.advance(60_000);
  look();
  look();
  expect(asked).toEqual(["schedule after 0: its daily restart at 00:10"]);
  await clock.advance(24 * 3_600_000);
  look();
  expect(asked).toHaveLength(2);
});

test("a unit past its memory limit is started anew, and one that restarts do not help goes on and is told once", async () => {
  const { clock, asked, said, memory, look } = watched({}, 500e6);
  memory.set(7, 499e6);
  look();
  expect(asked).toEqual([]);
  memory.set(7, 612e6);
  for (let turn = 0; turn < 20; turn++) {
    look();
    await clock.advance(4_000);
  }
  expect(asked).toHaveLength(10);
  // At once while that may help, then later and later.
  expect(asked[0]).toBe("memory after 0: its memory_limit (612 MB, more than 500 MB)");
  expect(asked.map((text) => Number(/after (\d+)/.exec(text)?.[1])).slice(0, 6)).toEqual([
    0, 0, 0, 500, 1_000, 2_000,
  ]);
  expect(said).toEqual([
    expect.stringMatching(
      /started anew too often by its memory_limit \(612 MB, more than 500 MB\).*raise memory_limit/,
    ),
  ]);
});
