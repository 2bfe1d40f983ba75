import type { MonotonicMs } from "../domain/time.ts";
import { InternalError, StoreError } from "../errors.ts";
import { cooldownTimes } from "../policy/cooldown.ts";
import type { ActEffect, TaskEffect } from "../policy/machine/effect.ts";
import type { BotEvent } from "../policy/machine/event.ts";
import type { HeldExit, ProvenCandidate } from "../policy/machine/state.ts";
import type { BotChannelEvent } from "../ports/bot-channel.ts";
import type { Relay, RelayEvent } from "../ports/relay.ts";
import type { SocketNews } from "../ports/spawner.ts";
import { confirmDrift } from "./exit/confirm-drift.ts";
import {
  claimExit,
  cleanMsOf,
  recordClaim,
  recordRecovery,
  recordRelease,
  recordStandby,
} from "./exit/exit-claim.ts";
import { ExitSeeker } from "./exit/exit-seeker.ts";
import { ExitWatch } from "./exit/exit-watch.ts";
import { InsideProof, NotProvenInside } from "./exit/inside-proof.ts";
import { leaveExit } from "./exit/leave-exit.ts";
import { settleDoubt } from "./exit/settle-doubt.ts";
import { pause } from "./lease/take-lease.ts";
import { readyLine } from "./process/ready-line.ts";
import { startProcess } from "./process/start-process.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import type { SessionParts } from "./session-parts.ts";

/** A hello that comes this long after a first connection still counts: both travel by different sockets, and the relay holds the connection. */
const helloAfterKnockMs = 1_000;
const storeRetryEveryMs = 1_000;

/** What only a bot has: an exit to seek, prove, claim, watch and leave, behind its relay. */
export class BotSession {
  readonly #parts: SessionParts<BotRunnerSettings>;
  readonly #relay: Relay;
  readonly #seeker: ExitSeeker;
  readonly #watch: ExitWatch;
  readonly #inside: InsideProof;
  readonly #acts: {
    readonly [Do in ActEffect["do"]]: (effect: Extract<ActEffect, { readonly do: Do }>) => void;
  } = {
    "open-gate": () => this.#openGate(),
    "shut-gate": () => this.#relay.shut(),
    "pause-gate": () => this.#relay.pause(),
    cut: ({ reason }) => this.#relay.cut(reason),
    watch: () => this.#watch.start(),
    unwatch: () => this.#stopWatching(),
    "leave-exit": (effect) => this.#leave(effect),
    "release-exit": ({ exit }) => this.#release(exit),
    "announce-ready": ({ exit }) => this.#announce(exit, "bot.started"),
    "announce-switch": ({ exit }) => this.#announceSwitch(exit),
    say: () => {},
  };
  /** The hold whose probation was said to be over. */
  #recovered: MonotonicMs | undefined;
  #isFollowing = false;
  #hasSpawned = false;
  #switches = 0;
  #reachableSockets: readonly string[] = [];
  #cancelKnock: () => void = () => {};

  private constructor(parts: SessionParts<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
    this.#seeker = new ExitSeeker(parts, relay);
    this.#watch = new ExitWatch(parts, relay);
    this.#inside = new InsideProof(parts, this.#seeker);
  }

  /** Opens the relay, shut and without upstream. */
  static async open(parts: SessionParts<BotRunnerSettings>): Promise<BotSession> {
    const { ports, settings, token } = parts;
    let session: BotSession | undefined;
    const relay = await ports.relays.open({
      name: settings.unit.name,
      token,
      local: settings.unit.local,
      publicRanges: settings.publicRanges,
      onEvent: (event) => {
        if (session !== undefined) session.#hearRelay(event);
      },
    });
    session = new BotSession(parts, relay);
    return session;
  }

  hear(event: BotChannelEvent, isMain: boolean): void {
    this.#watch.hear(event, isMain);
  }

  /** The lease is good until then: the relay shuts by itself at that moment. */
  renewed(deadline: MonotonicMs): void {
    this.#relay.setDeadline(deadline);
    this.#watch.lookForLeak();
    void this.#followChanges();
    this.#recoverWhenDue();
  }

  act(effect: ActEffect): void {
    const act = this.#acts[effect.do] as (effect: ActEffect) => void;
    act(effect);
  }

  async work(effect: TaskEffect, signal: AbortSignal): Promise<BotEvent> {
    const { keeper } = this.#parts;
    switch (effect.do) {
      case "choose":
        return this.#patiently(signal, () => this.#seeker.choose(effect.decision));
      case "prove":
        return this.#seeker.prove(effect.candidate, signal);
      case "claim-exit":
        return this.#patiently(signal, () => this.#claim(effect.candidate, signal));
      case "spawn":
        return this.#spawn(effect.exit, signal);
      case "await-hello":
        return keeper.greeting(signal);
      case "settle-doubt":
        return this.#settleDoubt(effect, signal);
      case "acquire-lease":
      case "wait":
      case "stop-tree":
        throw new InternalError("session-0002", `The task ${effect.do} belongs to the run.`);
      default:
        return effect satisfies never;
    }
  }

  /** Gives the exit back where one is to be released. */
  async close(exit: HeldExit | undefined): Promise<void> {
    this.#stopWatching();
    if (exit !== undefined) this.#release(exit);
    await this.#relay.close();
  }

  #settleDoubt(
    { exit: way, doubt, drift }: Extract<TaskEffect, { do: "settle-doubt" }>,
    signal: AbortSignal,
  ): Promise<BotEvent> {
    const { ports, settings } = this.#parts;
    const relay = this.#relay;
    if (drift !== undefined) {
      const onOutvoted = (witness: string, why: string): void => this.#rankBehind(way, witness, why);
      return confirmDrift(ports, settings, { way, drift, relay, signal, onOutvoted });
    }
    return settleDoubt(ports, settings, { way, doubt, relay, seeker: this.#seeker, signal });
  }

  #rankBehind({ proxyId }: HeldExit, witness: string, why: string): void {
    const { book, say } = this.#parts;
    this.#watch.rankBehind(witness);
    say("warning", why);
    book.record({ kind: "witness.outvoted", severity: "warning", message: why, proxyId });
  }

  #hearRelay(event: RelayEvent): void {
    this.#watch.hearRelay(event);
    if (event.type !== "knocked-while-shut" || this.#parts.settings.tier !== "preload") return;
    const reason =
      "A connection came before the preload's hello: the command does not run the Node program itself.";
    this.#cancelKnock();
    this.#cancelKnock = this.#parts.ports.clock.after(helloAfterKnockMs, () =>
      this.#parts.dispatch({ type: "not-greeted", reason }),
    );
  }

  async #spawn(exit: HeldExit | undefined, signal: AbortSignal): Promise<BotEvent> {
    const { token } = this.#parts;
    const proveInside = exit === undefined ? undefined : this.#inside.of(exit, signal);
    this.#watch.expectProcess();
    try {
      const spawned = await startProcess(this.#parts, {
        relay: this.#relay,
        token,
        proveInside,
        onSockets: (news) => this.#hearOfSockets(news),
      });
      this.#hasSpawned = true;
      return spawned;
    } catch (error) {
      if (error instanceof NotProvenInside) return error.event;
      throw error;
    }
  }

  #hearOfSockets(news: SocketNews): void {
    if (news.type === "reachable") {
      this.#reachableSockets = news.paths;
      return;
    }
    const message = `a program outside listens at ${news.path} since this run began: the bot could hand its work to it, past the proxy. End that program, or start this bot's launcher again`;
    this.#parts.book.record({ kind: "bot.socket_appeared", severity: "warning", message });
    this.#parts.say("warning", message);
  }

  // A bot that has run waits for the database; the lease's own deadline ends that wait.
  async #patiently(signal: AbortSignal, work: () => Promise<BotEvent>): Promise<BotEvent> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        const isOutage = error instanceof StoreError && error.code === "LAUNCH_STORE_UNREACHABLE";
        if (!this.#hasSpawned || !isOutage) throw error;
        await pause(this.#parts.ports.clock, storeRetryEveryMs, signal);
      }
    }
  }

  async #claim(candidate: ProvenCandidate, signal: AbortSignal): Promise<BotEvent> {
    // The operator may have changed something while the proof was under way; and an exit left behind goes back first.
    const [withdrawn] = await Promise.all([this.#seeker.withdrawalOf(candidate), this.#parts.book.settled()]);
    if (withdrawn !== undefined) return { type: "conflicted", setAside: undefined };
    const claimed = await claimExit(this.#parts, candidate, signal);
    if (claimed.kind === "claimed") {
      recordClaim(this.#parts, candidate);
      return { type: "claimed", lease: claimed.lease };
    }
    this.#parts.say("warning", `${candidate.label} is not used: ${claimed.why}`);
    return { type: "conflicted", setAside: { why: claimed.why, outlook: "returns" } };
  }

  #release(exit: HeldExit): void {
    recordRelease(this.#parts, exit);
    recordStandby(this.#parts, exit);
  }

  #leave({ exit, cause, reason }: Extract<ActEffect, { do: "leave-exit" }>): void {
    const { book, ports } = this.#parts;
    const isOperators = cause === "demoted" || cause === "edited" || cause === "held";
    recordRelease(this.#parts, exit);
    if (isOperators) recordStandby(this.#parts, exit);
    const { clock, random } = ports;
    const [candidate, cleanMs] = [exit.chosen.facts, cleanMsOf(exit, clock)];
    leaveExit({ book, candidate, cause, reason, nowMs: clock.now(), unit: random.unit(), cleanMs });
  }

  // The change feed, for as long as the exit is held: also while the bot waits for its restart.
  async #followChanges(): Promise<void> {
    const held = this.#parts.exit();
    if (held === undefined || this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      // What was written at the claim is part of the facts that count.
      await this.#parts.book.settled();
      const found = await this.#seeker.withdrawalOf(held);
      const isStillHeld = this.#parts.exit()?.lease === held.lease;
      if (found !== undefined && isStillHeld) this.#parts.dispatch({ type: "withdrawn", ...found });
    } catch {
      // The renewal itself tells about an unreachable database, and its deadline decides.
    } finally {
      this.#isFollowing = false;
    }
  }

  #recoverWhenDue(): void {
    const held = this.#parts.exit();
    if (held === undefined || this.#recovered === held.heldSinceMs) return;
    if (cleanMsOf(held, this.#parts.ports.clock) < cooldownTimes.probationMs) return;
    this.#recovered = held.heldSinceMs;
    recordRecovery(this.#parts, held);
  }

  #openGate(): void {
    this.#cancelKnock();
    this.#relay.open();
  }

  #stopWatching(): void {
    this.#cancelKnock();
    this.#watch.stop();
  }

  #announceSwitch(exit: HeldExit): void {
    this.#parts.keeper.channel?.announceSwitch(++this.#switches);
    this.#announce(exit, "switch.done");
  }

  #announce(exit: HeldExit | undefined, kind: "bot.started" | "switch.done"): void {
    if (exit === undefined) return;
    const { book, settings, say, ports } = this.#parts;
    const sockets = this.#reachableSockets;
    const line = readyLine(settings, exit, ports.directIp.current(), sockets.length);
    const evidence = sockets.length === 0 ? undefined : { reachableSockets: sockets };
    book.record({ kind, severity: "info", message: line, proxyId: exit.proxyId, evidence });
    say("info", line);
  }
}
