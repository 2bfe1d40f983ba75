import { expect, test } from "vitest";
import type { DeclaredUnit } from "../../../../lib/domain/desk/unit-care.ts";
import type { Ending } from "../../../../lib/policy/machine/state.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts, EngineWishes } from "../../../../lib/supervisor/desk/desk-ports.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const declared = {
  unit: { kind: "collector", name: "funding" },
  care: { after: [], ready: undefined, restartAt: undefined },
} as unknown as DeclaredUnit;
const crashLoop: Ending = {
  by: "launcher",
  exitStatus: 71,
  reason: "it crashed too often",
  code: "LAUNCH_RESTART_BUDGET_SPENT",
};

/** A desk of one unit whose runs end as told, and whose starts are counted. */
function deskOfOne(engine: EngineWishes, wanted: { up: boolean } = { up: true }) {
  const clock = fakeClock();
  const said: string[] = [];
  const ends: ((ending: Ending) => void)[] = [];
  const ports = {
    engine,
    clock,
    random: { random01: () => 0.5 },
    journal: { say: ({ text }: { text: string }) => said.push(text) },
    store: {
      accounts: { idsOf: () => Promise.resolve(new Map()) },
      units: {
        wishes: ([unitKey]: readonly string[]) =>
          Promise.resolve(
            wanted.up ? [] : [{ unitKey, wanted: "down", by: "user:me", why: undefined, at: 0 }],
          ),
      },
    },
    start: () =>
      Promise.resolve({
        ended: new Promise<Ending>((resolve) => ends.push(resolve)),
        state: { phase: "proving" },
      }),
    output: () => ({ end: () => {} }),
    isHeldHere: () => Promise.resolve(true),
    memoryOf: () => new Map(),
    tellIdle: async () => {},
    recordFailed: async () => {},
    onFirst: () => {},
    onSettled: () => {},
    minuteOfDay: () => 0,
  } as unknown as DeskPorts;
  const desk = new Desk(ports, 1);
  const over = desk.run([declared]);
  return { clock, desk, ends, over, said };
}

test("a crash loop is waited out for ten minutes, and the launcher stays", async () => {
  const { clock, desk, ends, said } = deskOfOne({ onStopped: "exit" });
  await clock.advance(0);
  ends[0]?.(crashLoop);
  await clock.advance(599_000);
  expect(ends).toHaveLength(1);
  expect(said).toEqual(["backing off (crash loop), next try in 10 min: it crashed too often"]);
  expect(desk.units[0]?.ending).toBeUndefined();
  await clock.advance(1_000);
  expect(ends).toHaveLength(2);
});

test("any other end is the launcher's own, with its code, and nothing is said twice", async () => {
  const { clock, desk, ends, over, said } = deskOfOne({ onStopped: "wait" });
  await clock.advance(0);
  const held: Ending = { by: "launcher", exitStatus: 75, reason: "held", code: "LAUNCH_LEASE_HELD" };
  ends[0]?.(held);
  expect(await over).toBe(75);
  expect(desk.units[0]?.ending).toEqual(held);
  expect(said).toEqual([]);
});

test("what an operator wants down ends the launcher with 0, or is waited for until it is wanted up", async () => {
  const ending = deskOfOne({ onStopped: "exit" }, { up: false });
  expect(await ending.over).toBe(0);
  expect(ending.ends).toHaveLength(0);

  const wanted = { up: false };
  const waiting = deskOfOne({ onStopped: "wait" }, wanted);
  await waiting.clock.advance(60_000);
  expect([waiting.ends.length, waiting.desk.units[0]?.state.kind]).toEqual([0, "down"]);
  wanted.up = true;
  await waiting.clock.advance(4_000);
  expect(waiting.ends).toHaveLength(1);
});
