import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import { heartbeatLostAfterMs } from "../../policy/life/heartbeat.ts";
import type { BotChannelEvent } from "../../ports/bot-channel.ts";
import type { RunContext } from "../unit/context.ts";
import { heartbeatWatch } from "./heartbeat-watch.ts";
import { loopWatch } from "./loop-watch.ts";
import { isolatingFlag } from "./python-flags.ts";
import { wrappedProgram } from "./wrapped-program.ts";

/** The row's `heartbeat_at` is for people: it need not follow each heartbeat. */
const writeHeartbeatEveryMs = 15_000;
/** Our code in a bot says hello before the bot does anything; whoever has not by now has none. */
const silentAfterMs = 10_000;

/** Watches whether a bot's process lives, by what our code in it says. */
export interface LifeWatch {
  start(): void;
  stop(): void;
  /** The next frames are another process's. */
  expectProcess(): void;
  /** A frame of the main process. */
  hear(event: BotChannelEvent): void;
  /** Calls back once the process has sent a heartbeat; at once, or after a silence, where nothing of ours runs in it. */
  whenAlive(then: () => void): void;
}

/** Reports a bot that shows no life any more as `heartbeat-lost`, and tells what else is to be known. */
export function lifeWatch(parts: RunContext<BotRunnerSettings>): LifeWatch {
  const { clock, random } = parts.ports;
  const { heartbeat } = parts.settings.unit;
  const { recorder, dispatch } = parts;
  /** What the hello named. */
  let program: string | undefined;
  let writtenAtMs = Number.NEGATIVE_INFINITY;

  const lose = () => dispatch({ type: "heartbeat-lost", random01: random.random01() });
  const silence = silenceWatch(parts);
  const first = firstHeartbeat(parts);
  const heartbeats = heartbeatWatch(clock, () => heartbeatLostAfterMs(heartbeat, program), lose);
  const loop = loopWatch(heartbeat, ({ kind, severity, message }) => {
    recorder.record({ kind, severity, message });
    recorder.note({ reason: kind === "bot.loop_late" ? message : undefined });
    parts.say(severity, message);
  });
  const write = () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - writtenAtMs < writeHeartbeatEveryMs) return;
    writtenAtMs = nowMs;
    recorder.note({ heartbeatAt: clock.now() });
  };
  const watches = [heartbeats, loop, silence, first];
  return {
    whenAlive: (then) => first.wait(then),
    start() {
      heartbeats.start();
      silence.start();
    },
    stop() {
      heartbeats.stop();
      silence.stop();
      first.stop();
    },
    expectProcess() {
      parts.vitals.heartbeat = undefined;
      for (const watch of watches) watch.expectProcess();
    },
    hear(event) {
      if (event.type === "hello" && event.observes) {
        program = event.program;
        silence.heard();
        first.greeted();
        heartbeats.heard("hello");
      }
      // It cannot be judged any more, and a process that hangs does not let go.
      if (event.type === "gone") this.expectProcess();
      if (event.type !== "heartbeat") return;
      silence.heard();
      heartbeats.heard("heartbeat");
      parts.vitals.heartbeat = {
        atMs: clock.monotonicMs(),
        lostAfterMs: heartbeatLostAfterMs(heartbeat, program),
      };
      first.heard();
      write();
      if (loop.heard(event.loopLagMs)) lose();
    },
  };
}

// A process that has greeted sends one, or is taken for hanging; one that never greets has none.
function firstHeartbeat({ settings, ports, vitals }: RunContext<BotRunnerSettings>) {
  let hasGreeted = false;
  let waiting: (() => void) | undefined;
  let cancel = () => {};
  const settle = () => {
    cancel();
    const then = waiting;
    waiting = undefined;
    then?.();
  };
  return {
    wait(then: () => void) {
      cancel();
      waiting = then;
      const isExpected = settings.runtime !== undefined && settings.unit.observe;
      if (!isExpected || vitals.heartbeat !== undefined) settle();
      else cancel = ports.clock.after(silentAfterMs, () => hasGreeted || settle());
    },
    greeted() {
      hasGreeted = true;
    },
    heard: settle,
    stop: () => cancel(),
    expectProcess() {
      hasGreeted = false;
      cancel();
    },
  };
}

// Says of a bot in which our code should run that it does not.
function silenceWatch({ settings, ports, recorder, say }: RunContext<BotRunnerSettings>) {
  let hasSpoken = false;
  let cancel = () => {};
  const tell = () => {
    if (hasSpoken) return;
    const reason = `shows no heartbeat: ${whySilent(settings)}`;
    recorder.note({ reason });
    say("info", `${reason}; that it hangs would not be noticed`);
  };
  return {
    start() {
      const { runtime, unit } = settings;
      const isWatched = unit.observe && (runtime !== undefined || wrappedProgram(unit.command) !== undefined);
      if (isWatched) cancel = ports.clock.after(silentAfterMs, tell);
    },
    stop: () => cancel(),
    heard() {
      hasSpoken = true;
    },
    expectProcess() {
      hasSpoken = false;
    },
  };
}

function whySilent({ runtime, unit }: BotRunnerSettings): string {
  const wrapped = runtime === undefined ? wrappedProgram(unit.command) : undefined;
  if (wrapped !== undefined)
    return `${wrapped.wrapper} starts ${wrapped.runtime}, and nothing of ours runs in it unless \`runtime: ${wrapped.runtime}\` is set for the bot`;
  const flag = runtime === "python" ? isolatingFlag(unit.command) : undefined;
  return flag === undefined ? "nothing of ours runs in its process" : `it was started with ${flag}`;
}
