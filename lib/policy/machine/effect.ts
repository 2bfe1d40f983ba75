import type {
  Candidate,
  Decision,
  Drift,
  Ending,
  HeldExit,
  Left,
  Loss,
  ProvenCandidate,
  SwitchWant,
} from "./state.ts";

/** What the Runner does when the table says so. A task answers by events; starting one gives up the one before. */
export type BotEffect =
  | { readonly do: "acquire-lease" }
  /** `left` where an exit was just left that nobody had to grant: the fleet's pace may hold the choice up. */
  | { readonly do: "choose"; readonly decision: Decision; readonly left?: Loss | undefined }
  | { readonly do: "prove"; readonly candidate: Candidate }
  | { readonly do: "claim-exit"; readonly candidate: ProvenCandidate }
  | { readonly do: "spawn"; readonly exit: HeldExit | undefined }
  | { readonly do: "await-hello" }
  /** Find out by probes through the same relay whether the exit is still the proven one. */
  | {
      readonly do: "verify-exit";
      readonly exit: HeldExit;
      readonly suspicion: "heartbeat" | "transport" | "drift";
      /** What raised a drift: the other witnesses are asked about it. */
      readonly drift?: Drift;
    }
  /** Finds and proves another exit and asks for the switch: a bot does not give its exit up for none. Without an exit the bot is stopped already. */
  | {
      readonly do: "prepare-switch";
      readonly want: SwitchWant;
      readonly exit: HeldExit | undefined;
      readonly lost: Left | undefined;
    }
  /** Tells the bot that its exit is about to be left, and runs its hook there. */
  | { readonly do: "tell-leaving"; readonly want: SwitchWant }
  /** Runs the hook of a bot that lost its exit on the next one. */
  | { readonly do: "run-on-lost"; readonly exit: HeldExit }
  /** `thenStarts` where a process is started when it is over, unless something else comes first. */
  | { readonly do: "wait"; readonly ms: number; readonly thenStarts?: true }
  | { readonly do: "stop-tree"; readonly isUrgent: boolean }
  /** No task: the relay's gate. */
  | { readonly do: "open-gate" }
  /** The bot's connections wait until the gate is opened. */
  | { readonly do: "shut-gate" }
  /** No byte of the bot moves until the gate is opened or cut. */
  | { readonly do: "pause-gate" }
  | { readonly do: "cut"; readonly reason: string }
  | { readonly do: "announce-ready"; readonly exit: HeldExit | undefined }
  | { readonly do: "announce-switch"; readonly exit: HeldExit }
  /** Writes the loss down (failure, cooldown, proxy state) and gives the exit lease back. */
  | ({ readonly do: "leave-exit" } & Loss)
  /** Gives the exit lease back without blame; `why` the bot does not go on there, where it was to. */
  | { readonly do: "release-exit"; readonly exit: HeldExit; readonly why?: string | undefined }
  | { readonly do: "watch"; readonly exit: HeldExit | undefined }
  | { readonly do: "unwatch" }
  /** Looks at the exit now instead of at the next regular time. */
  | { readonly do: "check-exit" }
  | { readonly do: "say"; readonly level: "info" | "warning" | "error"; readonly text: string }
  /** Gives everything back; the exit as well, unless something of the bot still lives behind it. */
  | { readonly do: "finish"; readonly ending: Ending; readonly exit: HeldExit | undefined };

/** The effects that answer by an event of their own, and by which; each may answer `task-failed` as well. */
export interface TaskAnswers {
  readonly "acquire-lease": "leased";
  readonly choose: "chosen" | "no-exit";
  readonly prove: "proved" | "not-proved";
  readonly "claim-exit": "claimed" | "conflicted";
  readonly spawn: "spawned" | "not-proved" | "leak-seen";
  readonly "await-hello": "greeted" | "not-greeted";
  readonly "verify-exit": "exit-confirmed" | "exit-lost";
  readonly "prepare-switch": "switch-granted" | "switch-refused";
  readonly "tell-leaving": "left";
  readonly "run-on-lost": "recovered" | "not-proved" | "leak-seen";
  readonly wait: "waited";
  readonly "stop-tree": "stopped";
}

export type TaskEffect = Extract<BotEffect, { readonly do: keyof TaskAnswers }>;
const tasks: Readonly<Record<keyof TaskAnswers, true>> = {
  "acquire-lease": true,
  choose: true,
  prove: true,
  "claim-exit": true,
  spawn: true,
  "await-hello": true,
  "verify-exit": true,
  "prepare-switch": true,
  "tell-leaving": true,
  "run-on-lost": true,
  wait: true,
  "stop-tree": true,
};

/** Whether the effect answers by an event. */
export function isTask(effect: BotEffect): effect is TaskEffect {
  return effect.do in tasks;
}
