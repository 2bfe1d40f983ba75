import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const bots = (count: number) => Array.from({ length: count }, (_, n) => `bot-${n}`);
const minute = 60_000;

const unit = fc.constantFrom(...bots(6));
const vendor = fc.constantFrom("acme", "globex");
const act = fc.oneof(
  fc.record({ do: fc.constant("lose" as const), unit, vendor }),
  fc.record({ do: fc.constant("move" as const), unit }),
  fc.record({ do: fc.constant("stop" as const), unit, status: fc.constantFrom(0, 1, 71) }),
  fc.record({ do: fc.constant("start" as const), unit }),
  fc.record({ do: fc.constant("none" as const), unit }),
  fc.record({ do: fc.constant("leak" as const), unit }),
  fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1_000, max: 900_000 }) }),
);

function perform(desk: Desk, acts: readonly (typeof act extends fc.Arbitrary<infer A> ? A : never)[]): void {
  for (const each of acts) {
    switch (each.do) {
      case "lose":
        desk.lose(each.unit, each.vendor);
        break;
      case "move":
        desk.move(each.unit);
        break;
      case "stop":
        desk.happen({
          kind: "bot.stopped",
          unit: each.unit,
          message: "exited",
          evidence: { exitStatus: each.status },
        });
        break;
      case "start":
        desk.happen({ kind: "bot.started", unit: each.unit, severity: "info" });
        break;
      case "none":
        desk.happen({ kind: "exit.none", unit: each.unit, message: "none answers" });
        break;
      case "leak":
        desk.happen({ kind: "leak.blocked", unit: each.unit, message: "seen" });
        break;
      default:
        desk.pass(each.ms);
    }
  }
}

describe("whatever happens", () => {
  const acts = fc.array(act, { maxLength: 40 });

  test("one alert of a cause is open at a time, and it is open exactly while somebody in it is hit", () => {
    fc.assert(
      fc.property(acts, fc.boolean(), (list, canEdit) => {
        const desk = new Desk({ canEdit });
        perform(desk, list);
        desk.look();
        const open = [...desk.alerts.values()].filter(({ overAt }) => overAt === undefined);
        expect(new Set(open.map(({ cause }) => cause)).size).toBe(open.length);
        for (const alert of desk.alerts.values())
          expect(alert.members.some(({ state }) => state === "hit")).toBe(alert.overAt === undefined);
      }),
      { numRuns: 20 },
    );
  });

  test("everybody who is hit is in a message, and once all run again each message has its end", () => {
    fc.assert(
      fc.property(acts, fc.boolean(), (list, canEdit) => {
        const desk = new Desk({ canEdit }, { remindMs: undefined });
        perform(desk, list);
        desk.pass(10 * minute);
        for (const alert of desk.alerts.values()) {
          const mine = desk.messages.filter(({ alertId }) => alertId === alert.id);
          for (const { name, state } of alert.members)
            if (state === "hit") expect(mine.at(-1)?.content.text).toContain(name);
        }
        for (const bot of bots(6)) desk.happen({ kind: "bot.started", unit: bot, severity: "info" });
        desk.pass(20 * minute);
        for (const alert of desk.alerts.values()) {
          const mine = desk.messages.filter(({ alertId }) => alertId === alert.id);
          expect(mine.at(-1)?.content.isOver).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("messages of one alert that disturb keep their distance, but for one that becomes urgent or ends", () => {
    fc.assert(
      fc.property(acts, (list) => {
        const desk = new Desk({ canEdit: true });
        perform(desk, list);
        desk.pass(30 * minute);
        for (const alert of desk.alerts.values()) {
          const mine = desk.messages.filter(({ alertId, kind }) => alertId === alert.id && kind !== "edit");
          const near = mine
            .slice(1)
            .filter((message, n) => message.madeAt - (mine[n]?.madeAt ?? 0) < desk.rules.betweenMs);
          expect(near.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 20 },
    );
  });
});
