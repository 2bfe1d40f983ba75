import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import type { AccountId } from "../../../../lib/domain/ids.ts";
import type { Unit } from "../../../../lib/domain/run/unit.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts } from "../../../../lib/supervisor/desk/desk-ports.ts";
import type { UnitHooks } from "../../../../lib/supervisor/unit/context.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleBot, sampleCollector } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = { after: [], ready: undefined, restartAt: undefined };
const idOf = (name: string) => `id of ${name}` as AccountId;

/** A desk of units that never end, and what it asks of a database that knows these accounts. */
async function deskOf(units: readonly Unit[], known: Set<string>) {
  const clock = fakeClock();
  const asked: (readonly string[])[] = [];
  const output = { write: () => true, drained: async () => {} };
  const ports = {
    clock,
    random: { random01: () => 0.5 },
    journal: { say: () => {} },
    store: {
      accounts: {
        idsOf: async (names: readonly string[]) => {
          asked.push(names);
          return new Map(names.filter((name) => known.has(name)).map((name) => [name, idOf(name)]));
        },
      },
      units: { wishes: async () => [] },
    },
    output: () => ({ stdout: output, stderr: output, end: () => {} }),
    memoryOf: () => new Map(),
    tellIdle: async () => {},
    minuteOfDay: () => 0,
    onFirst: () => {},
    onSettled: () => {},
    async start(_unit: Unit, hooks: UnitHooks) {
      setImmediate(hooks.onReady);
      return { ended: new Promise(() => {}), state: { phase: "running", child: { pid: 7 } } };
    },
  } as unknown as DeskPorts;
  const desk = new Desk(ports, 10);
  void desk.run(units.map((unit) => ({ unit, care })));
  await clock.advance(10);
  return { clock, desk, asked, keys: () => desk.units.map(({ key }) => key) };
}

test("only the accounts that the database did not know yet are asked for again, and none once all are known", async () => {
  const known = new Set(["alice"]);
  const bots = ["alice", "bob"].map((name) => sampleBot({ name }));
  const { clock, asked, keys } = await deskOf(bots, known);
  expect(asked).toEqual([["alice", "bob"]]);
  expect(keys()).toEqual(["bot:id of alice", undefined]);
  await clock.advance(4_000);
  known.add("bob");
  await clock.advance(4_000);
  expect(keys()).toEqual(["bot:id of alice", "bot:id of bob"]);
  await clock.advance(8_000);
  expect(asked).toEqual([["alice", "bob"], ["bob"], ["bob"]]);
});

test("a desk of collectors asks for no account", async () => {
  const { clock, asked, keys } = await deskOf([sampleCollector({ name: "funding" })], new Set());
  await clock.advance(8_000);
  expect(keys()).toEqual(["collector:funding"]);
  expect(asked).toEqual([]);
});
