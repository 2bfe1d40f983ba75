import type { LeaseOwner } from "../domain/lease.ts";
import type { MonotonicMs } from "../domain/time.ts";
import { InternalError } from "../errors.ts";
import type { BotEvent } from "../policy/bot-machine/event.ts";
import type { BotState, Ending } from "../policy/bot-machine/state.ts";
import type { BotChannelEvent } from "../ports/bot-channel.ts";
import type { ChildProcessHandle } from "../ports/spawner.ts";
import { acquireLease, resourceOf } from "./acquire-lease.ts";
import { beginningRun, shownPhase, shownReason } from "./begin-run.ts";
import { openBotSession } from "./bot-session.ts";
import { type ProcessKeeper, processKeeper } from "./process-keeper.ts";
import { type RunBook, runBook } from "./run-book.ts";
import type { ActEffect, TaskEffect } from "./runner.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { RunnerSettings } from "./runner-settings.ts";
import { pause } from "./take-lease.ts";

/** What the Runner's effects do to the world; one session a run. */
export interface RunSession {
  /** The machine entered another phase: the run's row follows. */
  enter(state: BotState): void;
  act(effect: ActEffect): void;
  work(effect: TaskEffect, signal: AbortSignal): Promise<BotEvent>;
  /** Gives everything back: processes, exit, lease, relay, sockets; then the row is ended. */
  close(ending: Ending): Promise<void>;
}

/** What only a bot has: an exit to seek, prove, claim, watch and leave. */
export interface ExitSide {
  act(effect: ActEffect): void;
  work(effect: TaskEffect, signal: AbortSignal): Promise<BotEvent>;
  hear(event: BotChannelEvent, isMain: boolean): void;
  /** The lease is good until then: the relay shuts by itself at that moment. */
  renewed(deadline: MonotonicMs): void;
  close(): Promise<void>;
}

/** What both sides of a session share. */
export interface SessionParts {
  readonly owner: LeaseOwner;
  readonly token: string;
  readonly book: RunBook;
  readonly keeper: ProcessKeeper;
  readonly dispatch: (event: BotEvent) => void;
  readonly say: (level: "info" | "warning" | "error", text: string) => void;
  /** Dispatches the end of the process and writes its start down. */
  readonly onSpawned: (handle: ChildProcessHandle) => BotEvent;
}

export function openSession(ports: RunnerPorts, settings: RunnerSettings, dispatch: (event: BotEvent) => void): RunSession {
  const { clock, random } = ports;
  const { unit } = settings;
  const book = runBook(ports.store, clock, ports.journal, unit.name);
  const token = random.uuid().replaceAll("-", "");
  let exit: ExitSide | undefined;
  const keeper = processKeeper(ports, settings, token, (event, isMain) => exit?.hear(event, isMain));
  const lease = leaseSide(ports, settings, dispatch, (deadline) => exit?.renewed(deadline));
  const say = once((level, text) => ports.journal.say({ level, unit: unit.name, text }));
  const ready = new Set<"announced">();

  const onSpawned = (handle: ChildProcessHandle): BotEvent => {
    book.note({ pid: handle.pid, pidStartTicks: handle.startTicks, processStartedAt: clock.now() });
    return { type: "spawned", pid: handle.pid };
  };
  const parts: SessionParts = { owner: lease.owner, token, book, keeper, dispatch, say, onSpawned };

  const acquire = async (signal: AbortSignal): Promise<BotEvent> => {
    await lease.acquire(signal);
    await book.begin(beginningRun(ports, settings));
    if ("account" in settings) exit = await openBotSession(ports, settings, parts);
    if (lease.deadline !== undefined) exit?.renewed(lease.deadline);
    return { type: "leased" };
  };

  const spawnDirect = async (): Promise<BotEvent> => {
    const onEnd = exitedEvent(ports, dispatch);
    return onSpawned(await keeper.spawn(undefined, onEnd));
  };

  return {
    enter(state) {
      const restarts = state.restarts;
      book.note({ phase: shownPhase(state), reason: shownReason(state), restarts, ...restartReason(state) });
    },
    act(effect) {
      if (effect.do === "say") return say(effect.level, effect.text);
      if (effect.do === "announce-ready") {
        if (ready.size === 0) settings.onReady();
        ready.add("announced");
        if (exit === undefined) say("info", `${unit.name}  direct  running`);
      }
      exit?.act(effect);
    },
    async work(effect, signal) {
      if (effect.do === "acquire-lease") return acquire(signal);
      if (effect.do === "wait") return pause(clock, effect.ms, signal).then(() => ({ type: "waited" }));
      if (effect.do === "stop-tree") return keeper.stop(effect.isUrgent).then(() => ({ type: "stopped" }));
      if (exit !== undefined) return exit.work(effect, signal);
      if (effect.do === "spawn") return spawnDirect();
      throw new InternalError("session-0001", `A collector has no task ${effect.do}.`);
    },
    async close(ending) {
      await keeper.stop(true).catch(() => {});
      await exit?.close();
      await keeper.close();
      book.end({ by: ending.by, exitCode: ending.exitStatus, reason: ending.reason });
      lease.release(book);
      await book.settled();
    },
  };
}

/** The process ended by itself or by us: the table decides what it means. */
export function exitedEvent(ports: Pick<RunnerPorts, "random">, dispatch: (event: BotEvent) => void) {
  return ({ code, signal }: { readonly code: number | undefined; readonly signal: string | undefined }): void =>
    dispatch({ type: "exited", code, signal, unit: ports.random.unit() });
}

function leaseSide(
  ports: RunnerPorts,
  settings: RunnerSettings,
  dispatch: (event: BotEvent) => void,
  onRenewed: (deadline: MonotonicMs) => void,
) {
  const owner: LeaseOwner = { runId: settings.runId, launcherId: settings.launcherId, launcher: ports.processes.self() };
  let deadline: MonotonicMs | undefined;
  let letGo: (() => void) | undefined;
  return {
    owner,
    get deadline() {
      return deadline;
    },
    async acquire(signal: AbortSignal): Promise<void> {
      const { lease, sentAt } = await acquireLease(ports, settings, owner, signal);
      letGo = ports.leases.hold(lease, sentAt, {
        onRenewed(at) {
          deadline = at;
          onRenewed(at);
        },
        onLost(reason) {
          letGo = undefined;
          dispatch({ type: "lease-lost", reason });
        },
      });
    },
    // The row is freed while it is still renewed: a slow release must not let it lapse into doubt.
    release(book: RunBook): void {
      const release = letGo;
      if (release === undefined) return;
      book.write((store) => store.leases.release(settings.runId, resourceOf(settings)));
      book.write(async () => release());
    },
  };
}

function restartReason(state: BotState): { readonly lastRestartReason?: string } {
  if (state.phase === "backing_off") return { lastRestartReason: state.reason };
  if (state.phase === "stopping" && state.next.kind === "choose" && state.next.lost !== undefined) {
    return { lastRestartReason: state.next.lost.reason };
  }
  return {};
}

/** Passes a sentence on unless it is the one said last. */
function once(tell: SessionParts["say"]): SessionParts["say"] {
  let last = "";
  return (level, text) => {
    if (text === last) return;
    last = text;
    tell(level, text);
  };
}
