import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts, SettledUnit } from "../../../../lib/supervisor/desk/desk-ports.ts";
import type { UnitHooks } from "../../../../lib/supervisor/unit/context.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleBot } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = { after: [], ready: undefined, restartAt: undefined };
const nothing = { write: () => true, drained: async () => {} };

function deskOf(mostStarts: number) {
  const hooks = new Map<string, UnitHooks>();
  const settled: SettledUnit[] = [];
  const runner = { ended: new Promise(() => {}), requestStop: () => {}, state: { phase: "holding" } };
  const ports = {
    clock: fakeClock(),
    random: { random01: () => 0.5 },
    journal: { say: () => {} },
    store: { accounts: { idsOf: async () => new Map() }, units: { wishes: async () => [] } },
    start: async ({ name }: { name: string }, given: UnitHooks) => {
      hooks.set(name, given);
      return runner;
    },
    output: () => ({ stdout: nothing, stderr: nothing, end: () => {} }),
    memoryOf: () => new Map(),
    tellIdle: async () => {},
    recordFailed: async () => {},
    minuteOfDay: () => 0,
    onFirst: () => {},
    onSettled: (units: readonly SettledUnit[]) =>
      settled.push(...units.map(({ kind, name, state }) => ({ kind, name, state }))),
  } as unknown as DeskPorts;
  const desk = new Desk(ports, mostStarts);
  const declared = ["alice", "bob", "carol"].map((name) => ({ unit: sampleBot({ name }), care }));
  void desk.run(declared);
  return { hooks, settled };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

test("a bot that holds for want of an exit makes room for the next one, and counts as having had its chance", async () => {
  const { hooks, settled } = deskOf(1);
  await soon();
  expect([...hooks.keys()]).toEqual(["alice"]);
  hooks.get("alice")?.onHolding?.("no usable proxy");
  await soon();
  hooks.get("bob")?.onReady();
  await soon();
  expect([...hooks.keys()]).toEqual(["alice", "bob", "carol"]);
  expect(settled).toEqual([]);
  hooks.get("carol")?.onReady();
  await soon();
  expect(settled).toEqual([
    { kind: "bot", name: "alice", state: { kind: "waiting", why: "no usable proxy" } },
    { kind: "bot", name: "bob", state: { kind: "ready" } },
    { kind: "bot", name: "carol", state: { kind: "ready" } },
  ]);
});

test("no more starts are under way at once than there is room for", async () => {
  const { hooks } = deskOf(2);
  await soon();
  expect([...hooks.keys()]).toEqual(["alice", "bob"]);
  hooks.get("alice")?.onReady();
  await soon();
  expect([...hooks.keys()]).toEqual(["alice", "bob", "carol"]);
});
