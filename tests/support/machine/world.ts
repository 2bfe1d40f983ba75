import fc from "fast-check";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import { instant, monotonic } from "../../../lib/domain/time.ts";
import type { Exclusion } from "../../../lib/policy/eligibility.ts";
import { type BotEffect, isTask, type TaskEffect } from "../../../lib/policy/machine/effect.ts";
import type { BotEvent, EventOf, SwitchRefusal } from "../../../lib/policy/machine/event.ts";
import type { BotState, MachineSettings } from "../../../lib/policy/machine/state.ts";
import { step } from "../../../lib/policy/machine/table/machine.ts";
import { freshBudget } from "../../../lib/policy/restart.ts";

export const fra = sampleCandidate({ label: "fra-1", provider: "one" });
export const claimed: BotEvent = { type: "claimed", lease: { runId: "r" as RunId, token: 1 } };
const setAside: Exclusion = { why: "is refused", retryClass: "returns" };
export const notProved = { type: "not-proved", setAside } as const satisfies BotEvent;

import { sampleCandidate } from "../sample-facts.ts";
export const proof = {
  exitIps: ["203.0.113.7" as ExitIp],
  country: undefined,
  agreed: 2,
  asked: 2,
  reach: "public",
  provenAt: instant(0),
} as const;

export const botSettings: MachineSettings = {
  kind: "bot",
  restart: "on-failure",
  onFailover: "restart",
  onNoProxy: "exit",
  needsHello: true,
  hasOnLost: false,
};

/** Plays the world around the machine: which task is under way, whether a process lives, where the gate stands. */
export class World {
  state: BotState;
  task: TaskEffect | undefined;
  hasChild = false;
  gate: "shut" | "open" | "paused" | "cut" = "shut";
  isOver = false;
  /** Whether an exit's lease was taken and not given back. */
  isExitHeld = false;
  nowMs = 0;
  readonly effects: BotEffect[] = [];
  readonly faults: string[] = [];

  constructor(settings: MachineSettings) {
    const budgets = { crash: freshBudget, identity: freshBudget, memory: freshBudget };
    this.state = { phase: "idle", settings, budgets, restarts: 0, hasRun: false };
  }

  give(event: BotEvent): void {
    if (event.type === "exited") this.hasChild = false;
    if (event.type === "stopped") this.hasChild = false;
    if (event.type === "spawned") this.hasChild = true;
    if (event.type === "claimed") this.isExitHeld = true;
    this.nowMs += 1_000;
    const stepped = step(this.state, event, monotonic(this.nowMs));
    if (stepped.kind === "impossible") {
      this.faults.push(`${event.type} while ${this.state.phase}`);
      return;
    }
    this.state = stepped.state;
    for (const effect of stepped.effects) this.#perform(effect);
  }

  #perform(effect: BotEffect): void {
    this.effects.push(effect);
    if (this.isOver) this.faults.push(`${effect.do} after the end`);
    if (isTask(effect)) this.task = effect;
    if (effect.do === "open-gate") this.gate = "open";
    if (effect.do === "pause-gate") this.gate = "paused";
    if (effect.do === "cut") this.gate = "cut";
    if (effect.do === "shut-gate") this.gate = "shut";
    if (effect.do === "leave-exit" || effect.do === "release-exit") this.isExitHeld = false;
    const needsExit = this.state.settings.kind === "bot" && !this.isExitHeld;
    if (needsExit && ["spawn", "open-gate", "run-on-lost", "tell-leaving"].includes(effect.do))
      this.faults.push(`${effect.do} without an exit that is held`);
    if (effect.do === "run-on-lost" && this.hasChild) this.faults.push("a hook beside a bot that was lost");
    if (effect.do === "spawn" && this.hasChild) this.faults.push("a second process");
    if (effect.do === "spawn" && this.state.settings.kind === "bot" && effect.exit === undefined)
      this.faults.push("spawned without an exit");
    if (effect.do === "finish") {
      this.isOver = true;
      this.task = undefined;
      this.hasChild = false;
    }
  }
}

/** How each task may answer, the good answer first. */
export const answers: Readonly<Record<TaskEffect["do"], readonly BotEvent[]>> = {
  "acquire-lease": [{ type: "leased" }],
  choose: [
    { type: "chosen", candidate: fra },
    {
      type: "no-exit",
      reason: "no proxy",
      hint: undefined,
      exitStatus: 69,
      retryInMs: undefined,
      code: "LAUNCH_PROXY_UNAVAILABLE",
    },
  ],
  prove: [{ type: "proved", proof }, notProved],
  "claim-exit": [claimed, { type: "conflicted", setAside }, { type: "conflicted", setAside: undefined }],
  spawn: [{ type: "spawned", pid: 7 }, notProved],
  "await-hello": [{ type: "greeted" }, { type: "not-greeted", reason: "no hello" }],
  "verify-exit": [
    { type: "exit-confirmed", random01: 0.5 },
    { type: "exit-lost", cause: "transport", reason: "refused", random01: 0.5 },
    { type: "exit-lost", cause: "drift", reason: "other address", random01: 0.5 },
  ],
  "prepare-switch": [
    { type: "switch-granted", tried: [] },
    ...(["budget", "no_exit", "incident", "store", "over"] as const).map(refused),
  ],
  "tell-leaving": [{ type: "left" }],
  "run-on-lost": [
    { type: "recovered", isSeenInside: true },
    { type: "recovered", isSeenInside: false },
    notProved,
    { type: "leak-seen", reason: "own address" },
  ],
  wait: [{ type: "waited" }],
  "stop-tree": [{ type: "stopped" }],
};

/** A switch that is refused. */
export function refused(because: SwitchRefusal): EventOf<"switch-refused"> {
  return { type: "switch-refused", because, reason: `refused: ${because}`, retryInMs: 120_000 };
}

/** A switch that is wanted, for a grave reason unless another one is given. */
export function wanted(change: Partial<EventOf<"switch-wanted">> = {}): EventOf<"switch-wanted"> {
  const reason = "burned at binance";
  return { type: "switch-wanted", cause: "burned", reason, mustLeave: true, backOffMs: 0, ...change };
}

/** The answer of any task that meets an error. */
export const failed: BotEvent = {
  type: "task-failed",
  reason: "database down",
  exitStatus: 75,
  code: "LAUNCH_STORE_UNREACHABLE",
  hint: undefined,
};

/** What may be seen at any moment. */
export const observations: readonly BotEvent[] = [
  { type: "heartbeat-lost", random01: 0.5 },
  { type: "exit-check-matched" },
  { type: "drift-seen", reason: "other address", witness: "w" },
  { type: "leak-seen", reason: "own address" },
  { type: "transport-suspected", reason: "refused" },
  { type: "operator-changed", cause: "demoted", reason: "demoted" },
  { type: "operator-changed", cause: "edited", reason: "edited" },
  { type: "operator-changed", cause: "held", reason: "held" },
  { type: "stop-asked", signal: "TERM" },
  { type: "stop-asked", signal: "TERM", by: "user:ann" },
  { type: "restart-asked", by: "user:ann" },
  { type: "rotate-asked", by: "user:ann" },
  { type: "check-asked" },
  wanted(),
  wanted({ cause: "slow_burn", mustLeave: false }),
  wanted({ backOffMs: 60_000 }),
  { type: "exit-returned", proxyId: fra.proxyId, reason: "nothing is held against it" },
  { type: "lease-lost", reason: "taken" },
];

// The good answer comes first and most often: otherwise hardly any play gets as far as a running bot.
function likely(task: TaskEffect): readonly BotEvent[] {
  return Array.from({ length: 6 }, () => answers[task.do].slice(0, 1)).flat();
}

/** What may happen next: the task's own answers (the good one by far the likeliest), what is observed, and the process's end while one lives. */
function possible(world: World): readonly BotEvent[] {
  const own =
    world.task === undefined
      ? []
      : [...likely(world.task), ...likely(world.task), ...answers[world.task.do], failed];
  const observed = world.state.phase === "idle" ? [] : observations;
  const ends: readonly BotEvent[] = world.hasChild
    ? [
        { type: "exited", code: 1, signal: undefined, random01: 0.5 },
        { type: "exited", code: 0, signal: undefined, random01: 0.5 },
      ]
    : [];
  return [...own, ...observed, ...ends];
}

export function play(settings: MachineSettings, picks: readonly number[]): World {
  const world = new World(settings);
  world.give({ type: "start" });
  for (const pick of picks) {
    if (world.isOver) break;
    const events = possible(world);
    const event = events[pick % events.length];
    if (event === undefined) break;
    const answered = world.task !== undefined && [...answers[world.task.do], failed].includes(event);
    if (answered) world.task = undefined;
    world.give(event);
  }
  return world;
}

export const anySettings = fc.record({
  kind: fc.constantFrom("bot" as const, "collector" as const),
  restart: fc.constantFrom("on-failure" as const, "always" as const, "never" as const),
  onFailover: fc.constantFrom("restart" as const, "reconnect" as const),
  onNoProxy: fc.constantFrom("exit" as const, "hold" as const),
  needsHello: fc.boolean(),
  hasOnLost: fc.boolean(),
});
export const anyPicks = fc.array(fc.nat(1_000), { maxLength: 120 });

export function runningBot(settings: MachineSettings = botSettings): World {
  const world = new World(settings);
  const events: readonly BotEvent[] = [
    { type: "start" },
    { type: "leased" },
    { type: "chosen", candidate: fra },
    { type: "proved", proof },
    claimed,
    { type: "spawned", pid: 7 },
    { type: "greeted" },
  ];
  for (const event of events) world.give(event);
  return world;
}

/** What leads from a choice to the lease of the next exit. */
export const toNext: readonly BotEvent[] = [
  { type: "chosen", candidate: fra },
  { type: "proved", proof },
  claimed,
];
export const granted: BotEvent = { type: "switch-granted", tried: [] };
export const drift: BotEvent = { type: "drift-seen", reason: "w saw 203.0.113.9", witness: "w" };

/** A running bot after these events. */
export function botAfter(events: readonly BotEvent[], settings: Partial<MachineSettings> = {}): World {
  const world = runningBot({ ...botSettings, ...settings });
  for (const event of events) world.give(event);
  return world;
}

/** What was done last, in order. */
export function doings(world: World, last: number): readonly string[] {
  return world.effects.slice(-last).map((effect) => effect.do);
}
