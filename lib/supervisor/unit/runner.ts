import type { RunId } from "../../domain/ids.ts";
import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { RequestAnswer } from "../../domain/run/unit-wish.ts";
import { type BotEffect, isTask, type TaskEffect } from "../../policy/machine/effect.ts";
import type { BotEvent, EventOf } from "../../policy/machine/event.ts";
import { answerAtOnce, answerLater, eventFor, type Request } from "../../policy/machine/request.ts";
import {
  type BotState,
  type Ending,
  exitOf,
  type MachineSettings,
  type SwitchWant,
  waitingOff,
} from "../../policy/machine/state.ts";
import { step } from "../../policy/machine/table/machine.ts";
import { freshBudget } from "../../policy/restart.ts";
import type { ExecEnd, ExecRequest } from "../../ports/operator-channel.ts";
import { withTimeout } from "../waits/with-timeout.ts";
import { type RunContext, type RunnerHooks, runContext } from "./context.ts";
import type { Perform } from "./effect-map.ts";
import { failureOf } from "./failure-of.ts";
import type { RunnerPorts } from "./ports.ts";
import { followPhases, shownPhase } from "./run-row.ts";
import { tellTurn } from "./tell-turn.ts";
import { unitSnapshot } from "./unit-snapshot.ts";

/** What was given up waits for the network at most; a database that hangs must not hold the launcher. */
const givenUpWithinMs = 10_000;

/** What is asked of a unit is answered within this time, done or not. */
const answerWithinMs = 60_000;
const tooLate: RequestAnswer = {
  isDone: false,
  text: `It is not done after ${answerWithinMs / 1000} s; \`launch ps\` shows where it stands.`,
};

/**
 * Cares for one bot or collector. Its whole loop is: take an event, look it up in the table, store the next state, carry
 * out the effects. At most one task (an effect that answers by an event) is under way; starting another gives the former
 * up and drops its late answer.
 */
export class Runner {
  readonly runId: RunId;
  /** Settles when the unit is over; never rejects. */
  readonly ended: Promise<Ending>;
  readonly #context: RunContext;
  readonly #enter: (state: BotState) => void;
  readonly #queue: BotEvent[] = [{ type: "start" }];
  readonly #asked = new Set<Asked>();
  readonly #underWay = new Set<Promise<unknown>>();
  #state: BotState;
  /** Events wait until the effects can be carried out. */
  #isDraining = true;
  #task: AbortController | undefined;
  #perform: Perform = async () => undefined;
  #end: (ending: Ending) => void = () => {};

  /** Begins at once; `open` makes what carries out the effects of this kind of unit. */
  constructor(
    ports: RunnerPorts,
    settings: RunnerSettings,
    hooks: RunnerHooks,
    open: (context: RunContext) => Promise<Perform>,
  ) {
    this.runId = settings.runId;
    this.#context = runContext(ports, settings, hooks, {
      dispatch: (event) => this.#dispatch(event),
      exit: () => exitOf(this.#state),
      waitsOff: () => waitingOff(this.#state),
      hasRun: () => this.#state.hasRun,
    });
    this.#enter = followPhases(this.#context.recorder, ports.clock);
    const budgets = { crash: freshBudget, identity: freshBudget, memory: freshBudget };
    this.#state = { phase: "idle", settings: machineSettings(settings), budgets, restarts: 0, hasRun: false };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    open(this.#context).then(
      (perform) => {
        this.#perform = perform;
        this.#drain();
      },
      (error: unknown) => {
        const { exitStatus, reason, code, hint } = failureOf(error);
        this.#end({ exitStatus, by: "launcher", reason, code, hint });
      },
    );
  }

  get state(): BotState {
    return this.#state;
  }

  get hasLease(): boolean {
    return this.#context.vitals.leaseUntil !== undefined;
  }

  /** Where it stands now. */
  snapshot(): UnitSnapshot {
    return unitSnapshot(this.#state, this.#context);
  }

  /** Asks for the end, gracefully; a second call means now. */
  requestStop(signal: string): void {
    this.#dispatch({ type: "stop-asked", signal });
  }

  /** Starts a new process on the same exit, for a reason that is no operator's. */
  restart(why: Omit<EventOf<"restart-asked">, "type">): void {
    this.#dispatch({ type: "restart-asked", ...why });
  }

  /** Says that the exit had better be left, although it works; may be said again for as long as that holds. */
  wantSwitch(want: Omit<SwitchWant, "retryAtMs">): void {
    this.#dispatch({ type: "switch-wanted", ...want });
  }

  /** Runs an operator's command inside the bot, for as long as it runs. */
  exec(request: ExecRequest): Promise<ExecEnd> {
    const { join, settings } = this.#context;
    const { kind, name } = settings.unit;
    if (kind === "collector") {
      const why = `The collector ${name} has the tier direct, which encloses nothing.`;
      return Promise.resolve({ kind: "refused", code: "LAUNCH_TIER_UNAVAILABLE", why });
    }
    const phase = shownPhase(this.#state);
    if (join.exec !== undefined && phase === "running") return join.exec(request);
    const why = `The bot ${name} is ${phase.replaceAll("_", " ")}: there is no process to join.`;
    return Promise.resolve({ kind: "refused", code: "LAUNCH_UNKNOWN_UNIT", why });
  }

  /** Carries out what an operator asks; settles with what became of it. */
  ask(request: Request): Promise<RequestAnswer> {
    const event = eventFor(request);
    if (event === undefined)
      return Promise.resolve(answerAtOnce(request, this.#state, this.#state, false) ?? tooLate);
    return new Promise((resolve) => {
      const settle = (answer: RequestAnswer): void => {
        cancel();
        this.#asked.delete(asked);
        resolve(answer);
      };
      const cancel = this.#context.ports.clock.after(answerWithinMs, () => settle(tooLate));
      const asked: Asked = { request, event, from: undefined, settle };
      this.#asked.add(asked);
      this.#dispatch(event);
    });
  }

  #dispatch(event: BotEvent): void {
    this.#queue.push(event);
    if (!this.#isDraining) this.#drain();
  }

  #drain(): void {
    this.#isDraining = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#take(next);
    this.#isDraining = false;
  }

  #take(event: BotEvent): void {
    const before = this.#state;
    const stepped = step(before, event, this.#context.ports.clock.monotonicMs());
    if (stepped.kind === "impossible") {
      const reason = `The event ${stepped.event} cannot happen while ${stepped.phase} (machine-0001).`;
      this.#queue.push(taskFailed(new Error(reason)));
      return;
    }
    this.#state = stepped.state;
    const isRefusedAgain = this.#state.phase === "holding" && this.#state !== before;
    if (this.#state.phase !== before.phase || isRefusedAgain) this.#enter(this.#state);
    if (isRefusedAgain && this.#state.phase === "holding")
      this.#context.hooks.onHolding?.(this.#state.reason);
    tellTurn(this.#context.recorder, event, before, this.#state);
    this.#answer(event, before, stepped.effects.length > 0);
    for (const effect of stepped.effects) this.#carryOut(effect);
  }

  #answer(event: BotEvent, before: BotState, hasEffects: boolean): void {
    for (const asked of this.#asked) {
      const { request, from } = asked;
      const answer =
        asked.event === event
          ? answerAtOnce(request, before, this.#state, hasEffects)
          : from && answerLater(request, from, event, this.#state);
      if (asked.event === event) asked.from = before;
      if (answer !== undefined) asked.settle(answer);
    }
  }

  // An effect that fails must not keep the others from happening, nor the Runner from hearing what comes next.
  #carryOut(effect: BotEffect): void {
    try {
      if (effect.do === "finish") void this.#finish(effect);
      else if (isTask(effect)) this.#startTask(effect);
      else void this.#perform(effect, new AbortController().signal);
    } catch (error) {
      this.#queue.push(taskFailed(error));
    }
  }

  #startTask(effect: TaskEffect): void {
    this.#task?.abort(new Error("given up"));
    const mine = new AbortController();
    this.#task = mine;
    const answer = async () => (await this.#perform(effect, mine.signal)) as BotEvent;
    const work = answer()
      .catch(taskFailed)
      .then((event) => {
        if (this.#task === mine) this.#dispatch(event);
      });
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  // What was given up may still be ending: a process started meanwhile must not outlive the run.
  async #finish(effect: Extract<BotEffect, { do: "finish" }>): Promise<void> {
    this.#task?.abort(new Error("given up"));
    this.#task = undefined;
    const { clock, journal } = this.#context.ports;
    await withTimeout(clock, givenUpWithinMs, Promise.allSettled(this.#underWay));
    try {
      await this.#perform(effect, new AbortController().signal);
    } catch (error) {
      const text = `could not give everything back: ${failureOf(error).reason}`;
      journal.say({ level: "error", unit: undefined, text });
    }
    this.#end(effect.ending);
  }
}

/** A request under way. */
interface Asked {
  readonly request: Request;
  readonly event: BotEvent;
  /** The state in which it came; undefined until it is its turn. */
  from: BotState | undefined;
  readonly settle: (answer: RequestAnswer) => void;
}

function taskFailed(error: unknown): EventOf<"task-failed"> {
  return { type: "task-failed", ...failureOf(error) };
}

function machineSettings(settings: RunnerSettings): MachineSettings {
  const { unit } = settings;
  const { kind, restart } = unit;
  if (unit.kind === "collector")
    return { kind, restart, onFailover: "restart", onNoProxy: "exit", needsHello: false, hasOnLost: false };
  const { onFailover, onNoProxy } = unit;
  const needsHello = "tier" in settings && settings.tier === "preload";
  return { kind, restart, onFailover, onNoProxy, needsHello, hasOnLost: unit.onLost !== undefined };
}
