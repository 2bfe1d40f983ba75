import { expect, test, vi } from "vitest";
import type { DeclaredUnit, UnitCare } from "../../../../lib/domain/desk/unit-care.ts";
import type { Unit } from "../../../../lib/domain/run/unit.ts";
import type { Ending } from "../../../../lib/policy/machine/state.ts";
import type { Notice } from "../../../../lib/ports/journal.ts";
import { Desk } from "../../../../lib/supervisor/desk/desk.ts";
import type { DeskPorts, SettledUnit, StopProgress } from "../../../../lib/supervisor/desk/desk-ports.ts";
import { calledBy, type UnitHooks } from "../../../../lib/supervisor/unit/context.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { sampleBot, sampleCollector } from "../../../support/fleet/sample-units.ts";

const care: UnitCare = { after: [], ready: undefined, restartAt: undefined };
const bot = (name: string): DeclaredUnit => ({ unit: sampleBot({ name }), care });
const collector = (name: string): DeclaredUnit => ({ unit: sampleCollector({ name }), care });
const ended: Ending = { exitStatus: 0, by: "bot", reason: "exited" };

/** A desk whose units run until they are asked to end; each says a line of its own as it starts. */
async function deskOf(...declared: readonly DeclaredUnit[]) {
  const said: string[] = [];
  const shownAs: string[] = [];
  const stopping: (string | undefined)[] = [];
  const settled: SettledUnit[] = [];
  const nothing = { write: () => true, drained: async () => {} };
  const journal = { say: ({ unit, text }: Notice) => said.push(`${unit}: ${text}`) };
  const ports = {
    clock: fakeClock(),
    random: { random01: () => 0.5 },
    journal,
    store: { accounts: { idsOf: async () => new Map() }, units: { wishes: async () => [] } },
    output(_unit: Unit, word: string) {
      shownAs.push(word);
      return { stdout: nothing, stderr: nothing, end: () => {} };
    },
    memoryOf: () => new Map(),
    tellIdle: async () => {},
    minuteOfDay: () => 0,
    onFirst: () => {},
    onSettled: (units: readonly SettledUnit[]) => settled.push(...units),
    onStopping: ({ word }: StopProgress) => stopping.push(word),
    async start(unit: Unit, hooks: UnitHooks) {
      calledBy(hooks, journal, unit).say({ level: "info", unit: unit.name, text: "started" });
      setImmediate(hooks.onReady);
      let end = (_ending: Ending): void => {};
      return {
        ended: new Promise<Ending>((resolve) => {
          end = resolve;
        }),
        requestStop: () => end(ended),
        ask: async () => end(ended),
        state: { phase: "running", child: { pid: 7 } },
      };
    },
  } as unknown as DeskPorts;
  const desk = new Desk(ports, 10);
  const over = desk.run(declared);
  await vi.waitFor(() => expect(settled).toHaveLength(declared.length));
  return { desk, over, said, shownAs, stopping, settled };
}

test("a bot and a collector of one name are told apart in all that their launcher says", async () => {
  const { desk, over, said, shownAs, stopping, settled } = await deskOf(
    collector("alice"),
    bot("alice"),
    bot("bob"),
  );
  expect(settled.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    "collector alice",
    "bot alice",
    "bot bob",
  ]);
  expect(shownAs.toSorted()).toEqual(["bob", "bot:alice", "collector:alice"]);
  expect(said.toSorted()).toEqual(["bob: started", "bot:alice: started", "collector:alice: started"]);
  desk.stop("TERM");
  await over;
  expect(new Set(stopping)).toEqual(new Set([undefined, "bob", "bot:alice", "collector:alice"]));
});

test("a name that a reload makes a bot's and a collector's is told with its kind from then on", async () => {
  const { desk, over, said } = await deskOf(bot("alice"));
  await desk.reload([bot("alice"), collector("alice")]);
  await vi.waitFor(() => expect(said).toEqual(["alice: started", "collector:alice: started"]));
  expect(desk.units.map(({ word }) => word)).toEqual(["bot:alice", "collector:alice"]);
  await desk.reload([bot("alice")]);
  expect(desk.units.map(({ word }) => word)).toEqual(["alice"]);
  desk.stop("TERM");
  await over;
});

test("what starts after a collector does not wait for the bot of its name", async () => {
  const after = (...words: readonly string[]) => ({ ...care, after: words });
  const { desk, over, settled } = await deskOf(
    { ...bot("bob"), care: after("collector:alice") },
    { ...bot("alice"), care: after("bob") },
    collector("alice"),
  );
  expect(settled.map(({ state, waitsFor }) => [state.kind, waitsFor])).toEqual([
    ["ready", []],
    ["ready", []],
    ["ready", []],
  ]);
  desk.stop("TERM");
  await over;
});
