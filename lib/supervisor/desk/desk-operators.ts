import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import { isOver } from "../../policy/desk/desk-state.ts";
import type { OperatorHandler } from "../../ports/operator-channel.ts";
import type { Desk } from "./desk.ts";
import type { DeskUnit } from "./desk-unit.ts";

/** Answers operators for a desk: for the runs as their launcher does, and for units that do not run. */
export function deskOperators(desk: Desk, runs: OperatorHandler): OperatorHandler {
  return {
    async ask(unitKey, request) {
      const unit = desk.units.find(({ key }) => key === unitKey);
      const { verb, by } = request;
      if (unit === undefined || verb === "report") return await runs.ask(unitKey, request);
      if (verb === "start" || (verb === "restart" && unit.runner === undefined)) {
        // So that what it wanted before, which may be on its way still, is known to be older.
        await desk.hearOperators();
        return await start(unit);
      }
      if (verb === "stop") return await stop(unit, by);
      return (await unit.ask(verb, by)) ?? { isDone: false, text: `It does not run: ${reasonOf(unit)}.` };
    },
    exec: (...given) => runs.exec(...given),
    held: () => {
      const waiting = desk.units.filter(({ runner }) => runner === undefined);
      const without = waiting.flatMap(({ key }) => (key === undefined ? [] : [[key, false] as const]));
      return new Map([...runs.held(), ...without]);
    },
    snapshot: () => [
      ...runs.snapshot().map((each) => {
        const unready = desk.units.find(({ key }) => key === each.unitKey)?.unready;
        return unready === undefined ? each : { ...each, unready };
      }),
      ...desk.units.flatMap(snapshotOf),
    ],
  };
}

async function start(unit: DeskUnit): Promise<RequestAnswer> {
  if (unit.runner !== undefined) return { isDone: true, text: "It runs already." };
  unit.queue();
  await unit.hadItsChance();
  return unit.runner === undefined
    ? { isDone: false, text: `It did not start: ${reasonOf(unit)}.` }
    : { isDone: true, text: `It runs${pidOf(unit)}.` };
}

async function stop(unit: DeskUnit, by: string): Promise<RequestAnswer> {
  if (unit.runner === undefined) {
    await unit.leave({ why: `stopped by ${by}` });
    return { isDone: true, text: "It did not run, and stays down." };
  }
  await unit.leave({ why: `stopped by ${by}`, by });
  return { isDone: true, text: "It stopped." };
}

// Those that run are told by their runs.
function snapshotOf(unit: DeskUnit): readonly UnitSnapshot[] {
  const { key, runner, state, declared } = unit;
  if (key === undefined || runner !== undefined) return [];
  const { kind, name, logFile, stop } = declared.unit;
  return [
    {
      unitKey: key,
      kind,
      name,
      runId: undefined,
      phase: isOver(state) || state.kind === "down" ? "ended" : "backing_off",
      reason: reasonOf(unit),
      tier: undefined,
      pid: undefined,
      uptimeMs: undefined,
      restarts: 0,
      exit: undefined,
      heartbeat: "none",
      heartbeatAgeMs: undefined,
      leaseLeftMs: undefined,
      traffic: undefined,
      reachableSockets: [],
      bypass: [],
      heldBy: undefined,
      logFile,
      graceMs: stop.graceMs,
    },
  ];
}

function reasonOf({ state }: DeskUnit): string {
  return "why" in state ? state.why : `it is ${state.kind}`;
}

function pidOf({ runner }: DeskUnit): string {
  const state = runner?.state;
  return state?.phase === "running" ? ` as pid ${state.child.pid}` : "";
}
