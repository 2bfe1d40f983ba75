import { LaunchError } from "../errors.ts";
import { type BotEffect, isTask, type TaskEffect } from "../policy/machine/effect.ts";
import type { BotEvent } from "../policy/machine/event.ts";
import { step } from "../policy/machine/machine.ts";
import { type BotState, type Ending, exitOf, type MachineSettings } from "../policy/machine/state.ts";
import { freshBudget } from "../policy/restart.ts";
import { RunSession } from "./run-session.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { RunnerSettings } from "./runner-settings.ts";
import { within } from "./within.ts";

/** What was given up waits for the network at most; a database that hangs must not hold the launcher. */
const givenUpWithinMs = 10_000;

/**
 * Cares for one bot or collector. Its whole loop is: take an event, look it up in the table, store the next state, carry
 * out the effects. At most one task (an effect that answers by an event) is under way; starting another gives the former
 * up and drops its late answer.
 */
export class Runner {
  readonly #ports: RunnerPorts;
  readonly #session: RunSession;
  readonly #queue: BotEvent[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  #state: BotState;
  #isDraining = false;
  #task: AbortController | undefined;
  #end: (ending: Ending) => void = () => {};

  constructor(ports: RunnerPorts, settings: RunnerSettings) {
    this.#ports = ports;
    this.#session = new RunSession(ports, settings, {
      dispatch: (event) => this.#dispatch(event),
      exit: () => exitOf(this.#state),
    });
    const budgets = { crash: freshBudget, identity: freshBudget, lease: freshBudget };
    this.#state = { phase: "idle", settings: machineSettings(settings), budgets, restarts: 0, hasRun: false };
  }

  get state(): BotState {
    return this.#state;
  }

  /** Runs until the unit is over; never rejects. */
  run(): Promise<Ending> {
    const ended = new Promise<Ending>((resolve) => {
      this.#end = resolve;
    });
    this.#dispatch({ type: "start" });
    return ended;
  }

  /** Asks for the end, gracefully; a second call means now. */
  requestStop(signal: string): void {
    this.#dispatch({ type: "stop-asked", signal });
  }

  #dispatch(event: BotEvent): void {
    this.#queue.push(event);
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next);
    this.#isDraining = false;
  }

  #take(event: BotEvent): void {
    const before = this.#state;
    const stepped = step(before, event, this.#ports.clock.monotonicMs());
    if (stepped.kind === "impossible") {
      const reason = `The event ${stepped.event} cannot happen while ${stepped.phase} (machine-0001).`;
      this.#queue.push({
        type: "task-failed",
        reason,
        exitStatus: 70,
        code: "LAUNCH_INTERNAL",
        hint: undefined,
      });
      return;
    }
    this.#state = stepped.state;
    if (this.#state.phase !== before.phase) this.#session.enter(this.#state);
    for (const effect of stepped.effects) this.#performSafely(effect);
  }

  // An effect that fails must not keep the others from happening, nor the Runner from hearing what comes next.
  #performSafely(effect: BotEffect): void {
    try {
      this.#perform(effect);
    } catch (error) {
      this.#queue.push(failureOf(error));
    }
  }

  #perform(effect: BotEffect): void {
    if (effect.do === "finish") void this.#finish(effect);
    else if (isTask(effect)) this.#startTask(effect);
    else this.#session.act(effect);
  }

  #startTask(effect: TaskEffect): void {
    this.#task?.abort(new Error("given up"));
    const mine = new AbortController();
    this.#task = mine;
    const work = this.#session
      .work(effect, mine.signal)
      .catch(failureOf)
      .then((event) => {
        if (this.#task === mine) this.#dispatch(event);
      });
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  // What was given up may still be ending: a process started meanwhile must not outlive the run.
  async #finish({ ending, exit }: Extract<BotEffect, { do: "finish" }>): Promise<void> {
    this.#task?.abort(new Error("given up"));
    this.#task = undefined;
    await within(this.#ports.clock, givenUpWithinMs, Promise.allSettled(this.#underWay));
    await this.#session.close(ending, exit).catch((error: unknown) => {
      const text = `could not give everything back: ${error instanceof Error ? error.message : String(error)}`;
      this.#ports.journal.say({ level: "error", unit: undefined, text });
    });
    this.#end(ending);
  }
}

function failureOf(error: unknown): BotEvent {
  if (error instanceof LaunchError) {
    const { message: reason, exitStatus, code, hint } = error;
    return { type: "task-failed", reason, exitStatus, code, hint };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { type: "task-failed", reason, exitStatus: 70, code: "LAUNCH_INTERNAL", hint: undefined };
}

function machineSettings(settings: RunnerSettings): MachineSettings {
  const { unit } = settings;
  if (unit.kind === "collector") {
    return {
      kind: "collector",
      restart: unit.restart,
      onFailover: "restart",
      onNoProxy: "exit",
      needsHello: false,
    };
  }
  const needsHello = "account" in settings && settings.tier === "preload";
  return {
    kind: "bot",
    restart: unit.restart,
    onFailover: unit.onFailover,
    onNoProxy: unit.onNoProxy,
    needsHello,
  };
}
