import type { Unit } from "../domain/unit.ts";
import { LaunchError } from "../errors.ts";
import { step } from "../policy/bot-machine/bot-machine.ts";
import type { BotEffect } from "../policy/bot-machine/effect.ts";
import { taskNames } from "../policy/bot-machine/effect.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { BotState, Ending, MachineSettings } from "../policy/bot-machine/state.ts";
import { freshBudgets } from "../policy/restart.ts";
import { openSession, type RunSession } from "./run-session.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { RunnerSettings } from "./runner-settings.ts";

/*
 * One Runner cares for one bot or collector. Its whole loop is: take an event, look it up in the table, store the next
 * state, carry out the effects. At most one task (an effect that answers by an event) is under way; starting another,
 * or moving on, gives the former up and its late answer is dropped.
 */

export interface Runner {
  /** Runs until the unit is over; never rejects. */
  run(): Promise<Ending>;
  /** Asks for the end; the second call means now. */
  requestStop(signal: string): void;
  /** For `ps` of the same process and for tests. */
  state(): BotState;
}

export function createRunner(ports: RunnerPorts, settings: RunnerSettings): Runner {
  let state: BotState = {
    phase: "idle",
    settings: machineSettings(settings),
    budgets: freshBudgets(settings.unit),
    restarts: 0,
    hasRun: false,
  };
  const queue: BotEvent[] = [];
  let isDraining = false;
  let task: { readonly abort: AbortController } | undefined;
  const underWay = new Set<Promise<unknown>>();
  let end: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    end = resolve;
  });

  const dispatch = (event: BotEvent): void => {
    queue.push(event);
    if (isDraining) return;
    isDraining = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) take(next);
    isDraining = false;
  };

  const session: RunSession = openSession(ports, settings, dispatch);

  const take = (event: BotEvent): void => {
    const before = state.phase;
    const stepped = step(state, event, ports.clock.now());
    if (stepped.kind === "impossible") {
      const reason = `the event ${stepped.event} cannot happen while ${stepped.phase} (machine-0001)`;
      dispatchLater({ type: "task-failed", reason, exitStatus: 70 });
      return;
    }
    state = stepped.state;
    if (state.phase !== before) session.enter(state, before);
    for (const effect of stepped.effects) perform(effect);
  };

  const dispatchLater = (event: BotEvent): void => void queue.push(event);

  const perform = (effect: BotEffect): void => {
    if (effect.do === "finish") return finish(effect.ending);
    if (!isTask(effect)) return session.act(effect);
    task?.abort.abort();
    const mine = { abort: new AbortController() };
    task = mine;
    const work = session
      .work(effect, mine.abort.signal)
      .catch((error: unknown) => failureOf(error))
      .then((event) => {
        if (task !== mine) return;
        task = undefined;
        dispatch(event);
      });
    track(work);
  };

  const finish = (ending: Ending): void => {
    task?.abort.abort();
    task = undefined;
    void Promise.allSettled([...underWay])
      .then(() => session.close(ending))
      .then(
        () => end(ending),
        () => end(ending),
      );
  };

  const track = (work: Promise<unknown>): void => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };

  return {
    run() {
      dispatch({ type: "start" });
      return ended;
    },
    requestStop: (signal) => dispatch({ type: "stop-asked", signal }),
    state: () => state,
  };
}

export type TaskEffect = Extract<BotEffect, { readonly do: (typeof taskNames)[number] }>;
export type ActEffect = Exclude<BotEffect, TaskEffect | { readonly do: "finish" }>;

function isTask(effect: BotEffect): effect is TaskEffect {
  return (taskNames as readonly string[]).includes(effect.do);
}

function failureOf(error: unknown): BotEvent {
  if (error instanceof LaunchError) {
    const hint = error.hint === undefined ? "" : ` (${error.hint})`;
    return { type: "task-failed", reason: `${error.message}${hint}`, exitStatus: error.exitStatus };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { type: "task-failed", reason, exitStatus: 70 };
}

function machineSettings(settings: RunnerSettings): MachineSettings {
  const unit: Unit = settings.unit;
  if (unit.kind === "collector") {
    return {
      kind: "collector",
      restart: unit.restart,
      onFailover: "restart",
      onNoProxy: "exit",
      needsHello: false,
    };
  }
  const needsHello = "tier" in settings && settings.tier === "preload";
  return {
    kind: "bot",
    restart: unit.restart,
    onFailover: unit.onFailover,
    onNoProxy: unit.onNoProxy,
    needsHello,
  };
}
