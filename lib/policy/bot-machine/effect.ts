import type { Ending, LossCause, ProvenWay, Way } from "./state.ts";

/** What the Runner does when the table says so. A task answers by events; starting one gives up the one before. */
export type BotEffect =
  | { readonly do: "acquire-lease" }
  /** `lost` is the way just left: another vendor or neighbourhood is preferred to it. */
  | { readonly do: "choose"; readonly lost: Way | undefined; readonly isNewDecision: boolean }
  | { readonly do: "prove"; readonly way: Way }
  | { readonly do: "claim-exit"; readonly way: ProvenWay }
  | { readonly do: "spawn"; readonly way: ProvenWay | undefined }
  | { readonly do: "await-hello" }
  /** Find out by probes through the same relay whether the exit is still the proven one. */
  | { readonly do: "settle-doubt"; readonly way: ProvenWay; readonly doubt: "beat" | "transport" | "drift" }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "stop-tree"; readonly isUrgent: boolean }
  /** No task: the relay's gate. */
  | { readonly do: "open-gate" }
  /** The bot's connections wait until the gate is opened. */
  | { readonly do: "shut-gate" }
  | { readonly do: "cut"; readonly reason: string }
  | { readonly do: "announce-ready"; readonly way: ProvenWay | undefined }
  | { readonly do: "announce-switch"; readonly way: ProvenWay }
  /** Writes the loss down (strike, cooldown, proxy state) and gives the exit lease back. */
  | { readonly do: "leave-exit"; readonly way: ProvenWay; readonly cause: LossCause; readonly reason: string }
  | { readonly do: "watch"; readonly way: ProvenWay | undefined }
  | { readonly do: "unwatch" }
  | { readonly do: "say"; readonly level: "info" | "warning" | "error"; readonly text: string }
  | { readonly do: "finish"; readonly ending: Ending };

/** The effects that answer by an event of their own. */
const taskNames = [
  "acquire-lease",
  "choose",
  "prove",
  "claim-exit",
  "spawn",
  "await-hello",
  "settle-doubt",
  "wait",
  "stop-tree",
] as const satisfies readonly BotEffect["do"][];

export type TaskEffect = Extract<BotEffect, { readonly do: (typeof taskNames)[number] }>;
/** Done at once, without an answer. */
export type ActEffect = Exclude<BotEffect, TaskEffect | { readonly do: "finish" }>;

/** Whether the effect answers by an event. */
export function isTask(effect: BotEffect): effect is TaskEffect {
  return (taskNames as readonly string[]).includes(effect.do);
}
