import type { MonotonicMs } from "../domain/time.ts";
import { InternalError, StoreError } from "../errors.ts";
import { cooldownTimes } from "../policy/cooldown.ts";
import type { ActEffect, TaskEffect } from "../policy/machine/effect.ts";
import type { BotEvent } from "../policy/machine/event.ts";
import type { ProvenWay } from "../policy/machine/state.ts";
import type { BotChannelEvent } from "../ports/bot-channel.ts";
import type { Relay, RelayEvent } from "../ports/relay.ts";
import {
  claimExit,
  cleanMsOf,
  type HeldExit,
  isSameExit,
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
    cut: ({ reason }) => this.#relay.cut(reason),
    watch: ({ way }) => this.#startWatching(way),
    unwatch: () => this.#stopWatching(),
    "leave-exit": (effect) => this.#leave(effect),
    "announce-ready": ({ way }) => this.#announce(way, "bot.started"),
    "announce-switch": ({ way }) => this.#announceSwitch(way),
    say: () => {},
  };
  #held: HeldExit | undefined;
  #isRecovered = false;
  #isFollowing = false;
  #hasSpawned = false;
  #switches = 0;
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
    const { ports, settings, keeper } = this.#parts;
    switch (effect.do) {
      case "choose":
        return this.#patiently(signal, () => this.#choose(effect));
      case "prove":
        return this.#seeker.prove(effect.way, signal);
      case "claim-exit":
        return this.#patiently(signal, () => this.#claim(effect.way, signal));
      case "spawn":
        return this.#spawn(effect.way, signal);
      case "await-hello":
        return keeper.greeting(signal);
      case "settle-doubt": {
        const { way, doubt } = effect;
        return settleDoubt(ports, settings, { way, doubt, relay: this.#relay, seeker: this.#seeker, signal });
      }
      case "acquire-lease":
      case "wait":
      case "stop-tree":
        throw new InternalError("session-0002", `The task ${effect.do} belongs to the run.`);
      default:
        return effect satisfies never;
    }
  }

  /** Gives the exit back unless something of the bot still lives behind it. */
  async close(isTreeGone: boolean): Promise<void> {
    this.#stopWatching();
    if (isTreeGone) this.#release();
    await this.#relay.close();
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

  async #spawn(way: ProvenWay | undefined, signal: AbortSignal): Promise<BotEvent> {
    const { token } = this.#parts;
    const proveInside = way === undefined ? undefined : this.#inside.of(way, signal);
    this.#watch.expectProcess();
    try {
      const spawned = await startProcess(this.#parts, { relay: this.#relay, token, proveInside });
      this.#hasSpawned = true;
      return spawned;
    } catch (error) {
      if (error instanceof NotProvenInside) return error.event;
      throw error;
    }
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

  async #choose({ lost, isNewDecision }: Extract<TaskEffect, { do: "choose" }>): Promise<BotEvent> {
    const event = await this.#seeker.choose(lost, isNewDecision);
    // Nothing runs until there is a choice again, which may take hours: others may have the exit.
    if (event.type === "none-eligible") this.#release();
    return event;
  }

  async #claim(way: ProvenWay, signal: AbortSignal): Promise<BotEvent> {
    // The operator may have changed something while the proof was under way.
    const withdrawn = await this.#seeker.withdrawalOf(way);
    if (withdrawn !== undefined) return { type: "conflicted", reason: withdrawn.reason };
    // No process lives on the exit left behind: it goes back before another one is taken.
    if (this.#held !== undefined && !isSameExit(this.#held.way, way)) {
      this.#release();
      await this.#parts.book.settled();
    }
    const wish = { way, account: this.#seeker.account };
    const claimed = await claimExit(this.#parts, wish, signal);
    if (claimed.kind === "claimed") {
      const sinceMs = this.#held?.sinceMs ?? this.#parts.ports.clock.monotonicMs();
      this.#isRecovered &&= this.#held !== undefined;
      this.#held = { way, sinceMs, lease: claimed.lease };
      recordClaim(this.#parts, wish);
      return { type: "claimed" };
    }
    this.#seeker.exclude(way, { why: claimed.why, outlook: "returns" });
    this.#parts.say("warning", `${way.label} is not used: ${claimed.why}`);
    return { type: "conflicted", reason: claimed.why };
  }

  #release(): void {
    if (this.#held !== undefined) {
      recordRelease(this.#parts, this.#held);
      recordStandby(this.#parts, this.#held);
    }
    this.#held = undefined;
  }

  #leave({ way, cause, reason }: Extract<ActEffect, { do: "leave-exit" }>): void {
    const { book, ports } = this.#parts;
    const held = this.#held;
    this.#held = undefined;
    const isOperators = cause === "demoted" || cause === "edited" || cause === "held";
    if (held !== undefined) recordRelease(this.#parts, held);
    if (held !== undefined && isOperators) recordStandby(this.#parts, held);
    const candidate = this.#seeker.factsOf(way.proxyId);
    if (candidate === undefined) return;
    const { clock, random } = ports;
    const cleanMs = held === undefined ? 0 : cleanMsOf(held, clock);
    leaveExit({ book, candidate, cause, reason, nowMs: clock.now(), unit: random.unit(), cleanMs });
  }

  // The change feed, for as long as the exit is held: also while the bot waits for its restart.
  async #followChanges(): Promise<void> {
    const held = this.#held;
    if (held === undefined || this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      // What was written at the claim is part of the facts that count.
      await this.#parts.book.settled();
      const found = await this.#seeker.withdrawalOf(held.way);
      if (found !== undefined && this.#held === held) this.#parts.dispatch({ type: "withdrawn", ...found });
    } catch {
      // The renewal itself tells about an unreachable database, and its deadline decides.
    } finally {
      this.#isFollowing = false;
    }
  }

  #recoverWhenDue(): void {
    const held = this.#held;
    if (held === undefined || this.#isRecovered) return;
    if (cleanMsOf(held, this.#parts.ports.clock) < cooldownTimes.probationMs) return;
    this.#isRecovered = true;
    recordRecovery(this.#parts, held);
  }

  #startWatching(way: ProvenWay | undefined): void {
    if (way !== undefined) this.#watch.start(way);
  }

  #openGate(): void {
    this.#cancelKnock();
    this.#relay.open();
  }

  #stopWatching(): void {
    this.#cancelKnock();
    this.#watch.stop();
  }

  #announceSwitch(way: ProvenWay): void {
    this.#parts.keeper.channel?.announceSwitch(++this.#switches);
    this.#announce(way, "switch.done");
  }

  #announce(way: ProvenWay | undefined, kind: "bot.started" | "switch.done"): void {
    if (way === undefined) return;
    const { book, settings, say, ports } = this.#parts;
    const line = readyLine(settings, way, ports.directIp.current());
    book.record({ kind, severity: "info", message: line, proxyId: way.proxyId });
    say("info", line);
  }
}
