import { expect, test } from "vitest";
import type { UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import type { Ending } from "../../../../lib/policy/machine/state.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts } from "../../../../lib/supervisor/desk/desk-ports.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleCollector } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = {
  after: [],
  ready: { way: { kind: "http", url: "http://127.0.0.1:9/" }, withinMs: 2_000 },
  restartAt: undefined,
};

/** A desk of one unit with a probe, whose answers the test gives. */
async function deskOfOne() {
  const clock = fakeClock();
  const said: string[] = [];
  let answer: string | undefined = "it answered 503";
  let asked = 0;
  let processStarts = () => {};
  let end = (_ending: Ending) => {};
  const output = { write: () => true, drained: async () => {} };
  const ports = {
    clock,
    random: { random01: () => 0.5 },
    journal: { say: ({ text }: { text: string }) => void said.push(text) },
    store: { accounts: { idsOf: async () => new Map() }, units: { wishes: async () => [] } },
    output: () => ({ stdout: output, stderr: output, end: () => {} }),
    memoryOf: () => new Map(),
    minuteOfDay: () => 0,
    isHeldHere: async () => false,
    onFirst: () => {},
    onSettled: () => {},
    askReady: async () => {
      asked += 1;
      return answer;
    },
    async start(_unit: unknown, { onReady }: { onReady: () => void }) {
      processStarts = onReady;
      setImmediate(onReady);
      const ended = new Promise<Ending>((resolve) => {
        end = resolve;
      });
      return { ended, state: { phase: "running", child: { pid: 7 } } };
    },
  } as unknown as DeskPorts;
  const desk = new Desk(ports, 10);
  void desk.run([{ unit: sampleCollector({ name: "funding" }), care }]);
  await clock.advance(10);
  const [unit] = desk.units;
  if (unit === undefined) throw new Error("no unit");
  return {
    clock,
    unit,
    said,
    answers: (text: string | undefined) => (answer = text),
    asked: () => asked,
    restart: () => processStarts(),
    end: (ending: Ending) => end(ending),
  };
}

test("a unit whose probe fails in time is told once as not ready, asked on, and ready when it answers at last", async () => {
  const { clock, unit, said, answers, asked } = await deskOfOne();
  expect(unit.unready).toBe("its probe of launch.yaml has not answered yet");
  await clock.advance(60_000);
  expect(unit.unready).toBe("it answered 503, for 2 s");
  expect(said.filter((text) => text.startsWith("is not ready"))).toEqual([
    "is not ready: it answered 503, for 2 s",
  ]);
  // Every half second in its time, then seldom.
  expect(asked()).toBeLessThan(14);
  answers(undefined);
  await clock.advance(10_000);
  expect(unit.state).toEqual({ kind: "ready" });
  expect(unit.unready).toBeUndefined();
});

test("a new process of a run is asked anew, the old question is dropped, and none is asked once the run is over", async () => {
  const { clock, unit, answers, asked, restart, end } = await deskOfOne();
  answers(undefined);
  await clock.advance(1_000);
  expect(unit.state).toEqual({ kind: "ready" });
  answers("it answered 503");
  restart();
  restart();
  await clock.advance(100);
  expect(unit.state).toEqual({ kind: "running" });
  const before = asked();
  await clock.advance(500);
  expect(asked() - before).toBe(1);
  end({ exitStatus: 0, by: "bot", reason: "done" });
  await clock.advance(100);
  const atEnd = asked();
  await clock.advance(60_000);
  expect(asked()).toBe(atEnd);
});
