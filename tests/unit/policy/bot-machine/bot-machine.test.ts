import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssignmentId, ProxyId } from "../../../../lib/domain/ids.ts";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import { instant, monotonic } from "../../../../lib/domain/time.ts";
import { botMachine, step } from "../../../../lib/policy/bot-machine/bot-machine.ts";
import { type BotEffect, isTask, type TaskEffect } from "../../../../lib/policy/bot-machine/effect.ts";
import type { BotEvent } from "../../../../lib/policy/bot-machine/event.ts";
import type { BotState, MachineSettings, Way } from "../../../../lib/policy/bot-machine/state.ts";
import { freshBudget } from "../../../../lib/policy/restart.ts";

const way: Way = { assignmentId: "a" as AssignmentId, proxyId: "p" as ProxyId, label: "fra-1" };
const proof = {
  exitIp: "203.0.113.7" as ExitIp,
  country: undefined,
  agreed: 2,
  asked: 2,
  reach: "public",
  provenAt: instant(0),
} as const;

const botSettings: MachineSettings = {
  kind: "bot",
  restart: "on-failure",
  onFailover: "restart",
  onNoProxy: "exit",
  needsHello: true,
};

/** Plays the world around the machine: which task is under way, whether a process lives, where the gate stands. */
class World {
  state: BotState;
  task: TaskEffect | undefined;
  hasChild = false;
  gate: "shut" | "open" | "cut" = "shut";
  isOver = false;
  nowMs = 0;
  readonly effects: BotEffect[] = [];
  readonly faults: string[] = [];

  constructor(settings: MachineSettings) {
    const budgets = { crash: freshBudget, identity: freshBudget, lease: freshBudget };
    this.state = { phase: "idle", settings, budgets, restarts: 0, hasRun: false };
  }

  give(event: BotEvent): void {
    if (event.type === "exited") this.hasChild = false;
    if (event.type === "stopped") this.hasChild = false;
    if (event.type === "spawned") this.hasChild = true;
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
    if (effect.do === "cut") this.gate = "cut";
    if (effect.do === "spawn" && this.hasChild) this.faults.push("a second process");
    if (effect.do === "spawn" && this.state.settings.kind === "bot" && effect.way === undefined)
      this.faults.push("spawned without an exit");
    if (effect.do === "finish") {
      this.isOver = true;
      this.task = undefined;
      this.hasChild = false;
    }
  }
}

const answers: Readonly<Record<TaskEffect["do"], readonly BotEvent[]>> = {
  "acquire-lease": [{ type: "leased" }],
  choose: [
    { type: "chosen", way },
    { type: "none-eligible", reason: "no proxy", hint: undefined, exitStatus: 69, retryInMs: undefined },
  ],
  prove: [
    { type: "proved", proof },
    { type: "not-proved", reason: "refused" },
  ],
  "claim-exit": [{ type: "claimed" }, { type: "conflicted", reason: "held" }],
  spawn: [{ type: "spawned", pid: 7 }],
  "await-hello": [{ type: "greeted" }, { type: "not-greeted", reason: "no hello" }],
  "settle-doubt": [
    { type: "exit-confirmed", unit: 0.5 },
    { type: "exit-lost", cause: "transport", reason: "refused", unit: 0.5 },
    { type: "exit-lost", cause: "drift", reason: "other address", unit: 0.5 },
  ],
  wait: [{ type: "waited" }],
  "stop-tree": [{ type: "stopped" }],
};

const failed: BotEvent = {
  type: "task-failed",
  reason: "database down",
  exitStatus: 75,
  code: "LAUNCH_STORE_UNREACHABLE",
  hint: undefined,
};

const observations: readonly BotEvent[] = [
  { type: "beat-lost", unit: 0.5 },
  { type: "reading-matched" },
  { type: "drift-seen", reason: "other address" },
  { type: "transport-suspected", reason: "refused" },
  { type: "withdrawn", cause: "demoted", reason: "demoted" },
  { type: "withdrawn", cause: "edited", reason: "edited" },
  { type: "withdrawn", cause: "held", reason: "held" },
  { type: "stop-asked", signal: "TERM" },
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
  const observed =
    world.state.phase === "idle"
      ? []
      : world.state.phase === "leasing"
        ? observations.slice(0, -1)
        : observations;
  const ends: readonly BotEvent[] = world.hasChild
    ? [
        { type: "exited", code: 1, signal: undefined, unit: 0.5 },
        { type: "exited", code: 0, signal: undefined, unit: 0.5 },
      ]
    : [];
  return [...own, ...observed, ...ends];
}

function play(settings: MachineSettings, picks: readonly number[]): World {
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

const anySettings = fc.record({
  kind: fc.constantFrom("bot" as const, "collector" as const),
  restart: fc.constantFrom("on-failure" as const, "always" as const, "never" as const),
  onFailover: fc.constantFrom("restart" as const, "reconnect" as const),
  onNoProxy: fc.constantFrom("exit" as const, "hold" as const),
  needsHello: fc.boolean(),
});
const anyPicks = fc.array(fc.nat(1_000), { maxLength: 120 });

function runningBot(settings: MachineSettings = botSettings): World {
  const world = new World(settings);
  const events: readonly BotEvent[] = [
    { type: "start" },
    { type: "leased" },
    { type: "chosen", way },
    { type: "proved", proof },
    { type: "claimed" },
    { type: "spawned", pid: 7 },
    { type: "greeted" },
  ];
  for (const event of events) world.give(event);
  return world;
}

describe("whatever happens, in any order", () => {
  test("no event is impossible, no process is started beside another or without an exit, nothing follows the end", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, (settings, picks) => {
        expect(play(settings, picks).faults).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("a request to stop leads to the end as soon as the tree has stopped", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, (settings, picks) => {
        const world = play(settings, picks);
        if (world.isOver || world.state.phase === "idle") return;
        world.give({ type: "stop-asked", signal: "INT" });
        for (let i = 0; i < 3 && !world.isOver; i++) world.give({ type: "stopped" });
        expect(world.isOver).toBe(true);
      }),
    );
  });

  test("a lost lease and a seen drift leave the gate cut until an exit is proven anew", () => {
    fc.assert(
      fc.property(anySettings, anyPicks, fc.boolean(), (settings, picks, isLease) => {
        const world = play({ ...settings, kind: "bot" }, picks);
        const { phase } = world.state;
        if (world.isOver || phase === "idle" || phase === "leasing") return;
        if (!isLease && phase !== "running" && phase !== "doubting") return;
        world.give(
          isLease ? { type: "lease-lost", reason: "taken" } : { type: "drift-seen", reason: "other" },
        );
        expect(world.gate).toBe("cut");
      }),
    );
  });
});

describe("a bot", () => {
  test("has its gate opened only by the preload's hello when its tier needs one", () => {
    const world = new World(botSettings);
    for (const event of [
      { type: "start" },
      { type: "leased" },
      { type: "chosen", way },
      { type: "proved", proof },
      { type: "claimed" },
      { type: "spawned", pid: 7 },
    ] satisfies BotEvent[]) {
      world.give(event);
      expect(world.gate).toBe("shut");
    }
    world.give({ type: "greeted" });
    expect(world.gate).toBe("open");
  });

  test("that is not greeted is killed and ends with 78, nothing having left", () => {
    const world = new World(botSettings);
    for (const event of [
      { type: "start" },
      { type: "leased" },
      { type: "chosen", way },
      { type: "proved", proof },
      { type: "claimed" },
      { type: "spawned", pid: 7 },
      { type: "not-greeted", reason: "wrapper" },
      { type: "stopped" },
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 78, code: "LAUNCH_TIER_UNAVAILABLE" },
    });
    expect(world.effects.some((effect) => effect.do === "open-gate")).toBe(false);
  });

  test("that ends with 0 ends the run with 0, and its failure restarts it on the same exit", () => {
    const done = runningBot();
    done.give({ type: "exited", code: 0, signal: undefined, unit: 0.5 });
    done.give({ type: "stopped" });
    expect(done.effects.at(-1)).toMatchObject({ do: "finish", ending: { exitStatus: 0, by: "bot" } });

    const crashed = runningBot();
    crashed.give({ type: "exited", code: 3, signal: undefined, unit: 0.5 });
    crashed.give({ type: "stopped" });
    expect(crashed.state.phase).toBe("backing_off");
    crashed.give({ type: "waited" });
    expect(crashed.effects.at(-1)).toMatchObject({ do: "spawn", way: { label: "fra-1" } });
    expect(crashed.effects.some((effect) => effect.do === "leave-exit")).toBe(false);
  });

  test("that hangs is restarted on the same exit, and fails over when its exit is bad", () => {
    const hung = runningBot();
    hung.give({ type: "beat-lost", unit: 0.5 });
    hung.give({ type: "exit-confirmed", unit: 0.5 });
    hung.give({ type: "stopped" });
    expect(hung.state.phase).toBe("backing_off");

    const lost = runningBot();
    lost.give({ type: "beat-lost", unit: 0.5 });
    lost.give({ type: "exit-lost", cause: "transport", reason: "refused", unit: 0.5 });
    lost.give({ type: "stopped" });
    expect(lost.effects.slice(-2).map((effect) => effect.do)).toEqual(["leave-exit", "choose"]);
  });

  test("whose transport is in doubt keeps its connections until the doubt is settled", () => {
    const world = runningBot();
    world.give({ type: "transport-suspected", reason: "refused" });
    expect(world.gate).toBe("open");
    world.give({ type: "exit-confirmed", unit: 0.5 });
    expect(world.state.phase).toBe("running");
  });

  test("that crashes too often ends with 71", () => {
    const world = runningBot();
    for (let i = 0; i < 12 && !world.isOver; i++) {
      world.give({ type: "exited", code: 1, signal: undefined, unit: 0 });
      world.give({ type: "stopped" });
      if (world.isOver) break;
      world.give({ type: "waited" });
      world.give({ type: "spawned", pid: 8 + i });
      world.give({ type: "greeted" });
    }
    expect(world.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 71, code: "LAUNCH_RESTART_BUDGET_SPENT" },
    });
  });

  test("stays alive behind a cut relay while it is moved by reconnect", () => {
    const world = runningBot({ ...botSettings, onFailover: "reconnect" });
    world.give({ type: "drift-seen", reason: "other" });
    world.give({ type: "exit-lost", cause: "drift", reason: "other", unit: 0.5 });
    expect(world.gate).toBe("cut");
    for (const event of [
      { type: "chosen", way },
      { type: "proved", proof },
      { type: "claimed" },
    ] satisfies BotEvent[])
      world.give(event);
    expect(world.state.phase).toBe("running");
    expect(world.gate).toBe("open");
    expect(world.effects.filter((effect) => effect.do === "spawn")).toHaveLength(1);
  });

  test("without an eligible proxy ends at the first start and holds after it has run", () => {
    const none: BotEvent = {
      type: "none-eligible",
      reason: "all cooling",
      hint: undefined,
      exitStatus: 75,
      retryInMs: 41_000,
    };
    const first = new World(botSettings);
    for (const event of [{ type: "start" }, { type: "leased" }, none] satisfies BotEvent[]) first.give(event);
    expect(first.effects.at(-1)).toMatchObject({
      do: "finish",
      ending: { exitStatus: 75, code: "LAUNCH_PROXY_UNAVAILABLE" },
    });

    const later = runningBot();
    later.give({ type: "withdrawn", cause: "demoted", reason: "demoted" });
    later.give({ type: "stopped" });
    later.give(none);
    expect(later.state.phase).toBe("holding");
    later.give({ type: "waited" });
    expect(later.state.phase).toBe("choosing");
  });
});

test("every phase answers every event", () => {
  const events = Object.keys(botMachine.running).sort();
  for (const row of Object.values(botMachine)) expect(Object.keys(row).sort()).toEqual(events);
});
