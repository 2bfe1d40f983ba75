import type { DirectIp } from "../domain/ip.ts";
import type { Lease, LeaseOwner } from "../domain/run/lease.ts";
import type { MonotonicMs } from "../domain/time.ts";
import { InternalError } from "../errors.ts";
import type { ActEffect, TaskEffect } from "../policy/machine/effect.ts";
import type { BotEvent } from "../policy/machine/event.ts";
import type { BotState, Ending, HeldExit } from "../policy/machine/state.ts";
import type { HostLock } from "../ports/host-lock.ts";
import { beginningRun, goneIn, shownPhase, shownReason } from "./begin-run.ts";
import { BotSession } from "./bot-session.ts";
import { acquireLease, resourceOf } from "./lease/acquire-lease.ts";
import { endAbandonedRuns } from "./lease/end-abandoned-runs.ts";
import { holdHostLock } from "./lease/hold-host-lock.ts";
import { pause } from "./lease/take-lease.ts";
import { ProcessKeeper } from "./process/process-keeper.ts";
import { databaseWords } from "./process/ready-line.ts";
import { startProcess } from "./process/start-process.ts";
import { runBook } from "./run-book.ts";
import type { RunnerPorts } from "./runner-ports.ts";
import type { BotRunnerSettings, RunnerSettings } from "./runner-settings.ts";
import type { Say, SessionParts } from "./session-parts.ts";
import { within } from "./within.ts";

/** How long a database that hangs may hold up the end. */
const writtenWithinMs = 5_000;

/** What the Runner's effects do to the world; one session a run. */
export class RunSession {
  readonly #parts: SessionParts;
  #bot: BotSession | undefined;
  #deadline: MonotonicMs | undefined;
  #letGo: (() => void) | undefined;
  #lease: Lease | undefined;
  #hostLock: HostLock | undefined;
  #isReady = false;
  #directIp: DirectIp | undefined;
  #lastRestartReason: string | undefined;

  constructor(
    ports: RunnerPorts,
    settings: RunnerSettings,
    { dispatch, exit }: Pick<SessionParts, "dispatch" | "exit">,
  ) {
    const { runId, launcherId, unit } = settings;
    const owner: LeaseOwner = { runId, launcherId, launcher: ports.processes.self() };
    const book = runBook(ports.store, ports.clock, ports.journal, unit.name);
    const keeper = new ProcessKeeper(ports, settings);
    keeper.onChannelEvent = (event, isMain) => this.#bot?.hear(event, isMain);
    const say = once((level, text) => ports.journal.say({ level, unit: unit.name, text }));
    const token = ports.random.uuid().replaceAll("-", "");
    this.#parts = { ports, settings, owner, token, book, keeper, dispatch, say, exit };
  }

  /** The machine entered another phase: the run's row follows. */
  enter(state: BotState): void {
    this.#lastRestartReason = restartReason(state) ?? this.#lastRestartReason;
    const phase = shownPhase(state);
    // The end has a statement of its own, with who ended it.
    if (phase === "ended") return;
    const { restarts } = state;
    this.#parts.book.note({
      phase,
      reason: shownReason(state),
      restarts,
      lastRestartReason: this.#lastRestartReason,
      ...goneIn(phase),
    });
  }

  act(effect: ActEffect): void {
    const { say, settings } = this.#parts;
    if (effect.do === "say") say(effect.level, effect.text);
    if (effect.do === "announce-ready") {
      if (this.#bot === undefined) void this.#announceDirect();
      if (!this.#isReady) settings.onReady();
      this.#isReady = true;
    }
    this.#bot?.act(effect);
  }

  // A collector is seen from the host's own address; where no witness can be reached that is said.
  async #announceDirect(): Promise<void> {
    const { say, ports } = this.#parts;
    await ports.directIp.first();
    const directIp = ports.directIp.current();
    this.#noteDirect(directIp);
    const words = [directIp === undefined ? "direct  address unknown" : `direct  ${directIp}`];
    say("info", [...words, ...databaseWords(this.#parts.settings)].join("  "));
  }

  // It may become known, or change, while the collector runs.
  #followDirect(): void {
    const { say, ports, settings } = this.#parts;
    const directIp = ports.directIp.current();
    if (settings.unit.kind === "bot" || !this.#isReady || directIp === this.#directIp) return;
    this.#noteDirect(directIp);
    say("info", `direct  ${directIp}`);
  }

  #noteDirect(directIp: DirectIp | undefined): void {
    if (directIp !== this.#directIp) this.#parts.book.note({ exitIp: directIp });
    this.#directIp = directIp;
  }

  async work(effect: TaskEffect, signal: AbortSignal): Promise<BotEvent> {
    const { keeper, ports } = this.#parts;
    if (effect.do === "acquire-lease") return this.#acquire(signal);
    if (effect.do === "wait") {
      await pause(ports.clock, effect.ms, signal);
      return { type: "waited" };
    }
    if (effect.do === "stop-tree") {
      await keeper.stop(effect.isUrgent);
      return { type: "stopped" };
    }
    if (effect.do === "choose") await this.#takeUpKeys();
    if (this.#bot !== undefined) return this.#bot.work(effect, signal);
    if (effect.do === "spawn") return startProcess(this.#parts, undefined);
    throw new InternalError("session-0001", `A collector has no task ${effect.do}.`);
  }

  /** Gives everything back: processes, exit, lease, relay, sockets; then the row is ended. */
  async close(ending: Ending, exit: HeldExit | undefined): Promise<void> {
    const { keeper, book, settings, ports } = this.#parts;
    const bot = this.#bot;
    // What cannot be killed may still act for the account: then the lease is left to lapse instead of being given away.
    const isTreeGone = await this.#attempt(() => keeper.stop(true));
    await this.#attempt(async () => bot?.close(isTreeGone ? exit : undefined));
    this.#bot = undefined;
    await this.#attempt(() => keeper.close());
    book.end({ by: ending.by, exitCode: ending.exitStatus, reason: ending.reason });
    // Released while it is still renewed: a slow database must not let it lapse meanwhile.
    if (isTreeGone && this.#lease !== undefined)
      book.write((store) => store.leases.release(settings.runId, resourceOf(settings)));
    if (!(await within(ports.clock, writtenWithinMs, book.settled())))
      this.#parts.say(
        "warning",
        "the database does not take the end of this run; its lease runs out by itself",
      );
    this.#letGo?.();
    await this.#attempt(async () =>
      this.#hostLock?.release(isTreeGone ? [] : [settings.runId, ...this.#hostLock.left]),
    );
  }

  // One thing that cannot be given back must not keep the others.
  async #attempt(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.say("error", `could not give everything back: ${why}`);
      return false;
    }
  }

  // `keys rotate` waits for the keys that the run's row names.
  async #takeUpKeys(): Promise<void> {
    const { ports, book } = this.#parts;
    if (await ports.vault.refresh()) book.note({ keyIds: ports.vault.keyIds });
  }

  async #acquire(signal: AbortSignal): Promise<BotEvent> {
    const { ports, settings, owner, book, dispatch } = this.#parts;
    this.#hostLock ??= await holdHostLock(ports, settings);
    const { lease, sentAt } = await acquireLease(ports, settings, owner, signal);
    this.#lease = lease;
    this.#letGo = ports.leases.hold(lease, sentAt, {
      onRenewed: (deadline) => {
        this.#deadline = deadline;
        void this.#takeUpKeys();
        this.#bot?.renewed(deadline);
        this.#followDirect();
      },
      onLost: ({ reason, hint }) => {
        this.#letGo = undefined;
        dispatch({ type: "lease-lost", reason, hint });
      },
    });
    await book.begin(beginningRun(ports, settings));
    if (!("account" in settings)) book.write(() => endAbandonedRuns(ports, settings));
    if (isBotParts(this.#parts)) this.#bot = await BotSession.open(this.#parts);
    if (this.#deadline !== undefined) this.#bot?.renewed(this.#deadline);
    return { type: "leased" };
  }
}

function isBotParts(parts: SessionParts): parts is SessionParts<BotRunnerSettings> {
  return "account" in parts.settings;
}

function restartReason(state: BotState): string | undefined {
  if (state.phase === "backing_off") return state.reason;
  return state.phase === "stopping" && state.next.kind === "choose" ? state.next.loss?.reason : undefined;
}

/** Passes a sentence on unless it is the one said last, or differs only in how long something lasts still or already. */
function once(tell: Say): Say {
  let last = "";
  return (level, text) => {
    const timeless = text.replaceAll(/\b(?:for|next try in) \d+ (?:s|min|h|d)\b/g, "");
    if (timeless === last) return;
    last = timeless;
    tell(level, text);
  };
}
