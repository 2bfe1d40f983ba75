import { expect, test } from "vitest";
import type { IdleUnits } from "../../../../lib/domain/desk/idle-units.ts";
import type { UnitKey } from "../../../../lib/domain/run/unit-key.ts";
import type { DeskState } from "../../../../lib/policy/desk/desk-state.ts";
import type { DeskUnit } from "../../../../lib/supervisor/desk/desk-unit.ts";
import { IdleTelling } from "../../../../lib/supervisor/desk/idle-telling.ts";

const unitOf = (name: string, state: DeskState, more: Partial<DeskUnit> = {}) =>
  ({ key: `collector:${name}` as UnitKey, state, runner: undefined, ...more }) as DeskUnit;
const failed: DeskState = { kind: "failed", why: "not found", exitStatus: 78 };
const waiting: DeskState = { kind: "waiting", why: "no proxy can be used" };

function telling() {
  const told: IdleUnits[] = [];
  const ports = {
    isLost: false,
    async tellIdle(idle: IdleUnits) {
      told.push(idle);
      if (this.isLost) throw new Error("The database does not answer.");
    },
  };
  return { told, ports, telling: new IdleTelling(ports) };
}

test("what failed, waits or stands by is told, and nothing of what runs, is down or is not known to the database", () => {
  const { told, telling: it } = telling();
  it.tell([
    unitOf("a", failed),
    unitOf("b", waiting),
    unitOf("c", { kind: "standby", why: "host-b has it", isRunning: true }),
    unitOf("d", { kind: "ready" }),
    unitOf("e", { kind: "down", why: "stopped" }),
    unitOf("f", failed, { key: undefined }),
    // It holds and lives: its own row says why.
    unitOf("g", waiting, { runner: {} as NonNullable<DeskUnit["runner"]> }),
  ]);
  expect(told).toEqual([
    {
      standingBy: ["collector:c"],
      idle: [
        { unitKey: "collector:a", state: "failed", why: "not found" },
        { unitKey: "collector:b", state: "waiting", why: "no proxy can be used" },
      ],
    },
  ]);
});

test("only a change is told, and that a unit runs again is one", () => {
  const { told, telling: it } = telling();
  it.tell([unitOf("a", { kind: "ready" })]);
  expect(told).toEqual([]);
  it.tell([unitOf("a", failed)]);
  it.tell([unitOf("a", failed)]);
  it.tell([unitOf("a", { kind: "ready" })]);
  expect(told.map(({ idle }) => idle.length)).toEqual([1, 0]);
});

test("a word that was lost is told again with the next look", async () => {
  const { told, ports, telling: it } = telling();
  ports.isLost = true;
  it.tell([unitOf("a", failed)]);
  await new Promise((resolve) => setImmediate(resolve));
  ports.isLost = false;
  it.tell([unitOf("a", failed)]);
  it.tell([unitOf("a", failed)]);
  expect(told).toHaveLength(2);
});
