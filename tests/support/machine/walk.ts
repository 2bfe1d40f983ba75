import { monotonic } from "../../../lib/domain/time.ts";
import { isTask, type TaskEffect } from "../../../lib/policy/machine/effect.ts";
import type { BotEvent, EventType } from "../../../lib/policy/machine/event.ts";
import type { BotState, MachineSettings, Phase } from "../../../lib/policy/machine/state.ts";
import { step } from "../../../lib/policy/machine/table/machine.ts";
import { freshBudget, type RestartBudget } from "../../../lib/policy/restart.ts";
import { answers, failed, observations } from "./world.ts";

/** One event that changed something: where it led to, or that the table calls it impossible. */
export interface Edge {
  readonly from: Phase;
  readonly event: EventType;
  readonly to: Phase | "impossible";
}

interface Node {
  readonly state: BotState;
  readonly task: TaskEffect | undefined;
  readonly hasChild: boolean;
}

const now = monotonic(0);
const ends: readonly BotEvent[] = [0, 1].map((code) => ({
  type: "exited",
  code,
  signal: undefined,
  random01: 0.5,
}));

/** Every edge of the machine that can be walked, by giving every event that may come in every state that can be reached; the budgets are either fresh or used up. */
export function walkMachine(): readonly Edge[] {
  const edges = new Map<string, Edge>();
  const seen = new Set<string>();
  const open: Node[] = everySettings().flatMap((settings) =>
    everyBudgets.map((budgets) => ({
      state: { phase: "idle", settings, budgets, restarts: 0, hasRun: false },
      task: undefined,
      hasChild: false,
    })),
  );
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const key = keyOf(node);
    if (seen.has(key)) continue;
    seen.add(key);
    for (const event of eventsAt(node)) {
      const next = follow(node, event);
      const from = node.state.phase;
      const to = next === "impossible" ? next : next.state.phase;
      const isChange = next === "impossible" || next.state !== node.state || next.hasEffects;
      if (isChange) edges.set(`${from} ${event.type} ${to}`, { from, event: event.type, to });
      if (next !== "impossible") open.push(next);
    }
  }
  return [...edges.values()];
}

function follow(
  { state, task, hasChild }: Node,
  event: BotEvent,
): (Node & { hasEffects: boolean }) | "impossible" {
  const stepped = step(state, event, now);
  if (stepped.kind === "impossible") return "impossible";
  const isAnswer = task !== undefined && [...answers[task.do], failed].includes(event);
  const started = stepped.effects.findLast((effect): effect is TaskEffect => isTask(effect));
  const isGone = event.type === "exited" || event.type === "stopped" || stepped.state.phase === "ended";
  return {
    state: stepped.state,
    task: stepped.state.phase === "ended" ? undefined : (started ?? (isAnswer ? undefined : task)),
    hasChild: event.type === "spawned" || (hasChild && !isGone),
    hasEffects: stepped.effects.length > 0,
  };
}

function eventsAt({ state, task, hasChild }: Node): readonly BotEvent[] {
  if (state.phase === "idle") return [{ type: "start" }];
  const own = task === undefined ? [] : [...answers[task.do], failed];
  return [...own, ...observations, ...(hasChild ? ends : [])];
}

// What only grows or is only passed on, and what neither of the two budgets shows anew, is left out.
function keyOf({ state, task, hasChild }: Node): string {
  const { budgets, restarts: _restarts, ...rest } = state;
  const passedOn = ["tried", "chosen", "proof"];
  const shown = (name: string, value: unknown) => (passedOn.includes(name) ? undefined : value);
  return JSON.stringify([rest, budgets.crash.inARow > 9, task?.do, hasChild], shown);
}

const spent: RestartBudget = { restartedAt: Array.from({ length: 10 }, () => now), inARow: 10 };
const everyBudgets = [freshBudget, spent].map((budget) => ({
  crash: budget,
  identity: budget,
  memory: budget,
}));

function everySettings(): readonly MachineSettings[] {
  const kinds = ["bot", "collector"] as const;
  const restarts = ["on-failure", "always", "never"] as const;
  return kinds.flatMap((kind) =>
    restarts.flatMap((restart) =>
      (["restart", "reconnect"] as const).flatMap((onFailover) =>
        (["exit", "hold"] as const).flatMap((onNoProxy) =>
          [true, false].map((needsHello) => {
            // Both at once or none: they are asked of different phases.
            return { kind, restart, onFailover, onNoProxy, needsHello, hasOnLost: needsHello };
          }),
        ),
      ),
    ),
  );
}
