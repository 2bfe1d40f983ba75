import { InternalError } from "../../errors.ts";
import type { BotEffect, TaskAnswers } from "../../policy/machine/effect.ts";
import type { BotEvent, EventOf } from "../../policy/machine/event.ts";

type EffectOf<Do extends BotEffect["do"]> = Extract<BotEffect, { readonly do: Do }>;

/** How a task may answer; what it cannot mend it throws. */
export type AnswerOf<Do extends keyof TaskAnswers> = EventOf<TaskAnswers[Do] | "task-failed">;

/** Carries one effect out. */
export type EffectRun<Do extends BotEffect["do"], Context> = Do extends keyof TaskAnswers
  ? { run(effect: EffectOf<Do>, context: Context, signal: AbortSignal): Promise<AnswerOf<Do>> }
  : Do extends "finish"
    ? { run(effect: EffectOf<Do>, context: Context): Promise<void> }
    : { run(effect: EffectOf<Do>, context: Context): void };

/** What each effect does for one kind of unit; an effect that the kind cannot have is left out. */
export type EffectMap<Context, Do extends BotEffect["do"] = BotEffect["do"]> = {
  readonly [Each in Do]: EffectRun<Each, Context>;
};

/** Carries out whatever the machine asks for: a task answers by an event. */
export type Perform = (effect: BotEffect, signal: AbortSignal) => Promise<BotEvent | undefined>;

/** Looks each effect up in the map. */
export function performBy<Context>(map: Partial<EffectMap<Context>>, context: Context): Perform {
  type AnyRun = { run(effect: BotEffect, context: Context, signal: AbortSignal): unknown };
  return (effect, signal) => {
    const found = map[effect.do] as AnyRun | undefined;
    if (found === undefined)
      throw new InternalError("effect-0001", `This kind of unit has no effect ${effect.do}.`);
    return found.run(effect, context, signal) as Promise<BotEvent | undefined>;
  };
}
