import type { IdleUnits } from "../../domain/desk/idle-units.ts";
import type { LauncherId, RunId } from "../../domain/ids.ts";
import { type ExitLease, type Lease, type LeaseTimes, leaseTimes } from "../../domain/run/lease.ts";
import { type MonotonicMs, monotonic } from "../../domain/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Launcher, LauncherStore } from "../../ports/store/launcher-store.ts";
import { withTimeout } from "../waits/with-timeout.ts";
import { exitLoss, forgottenLoss, type LeaseLoss, lossAtDeadline, takenLoss } from "./losses.ts";

/*
 * Renews everything that this launcher holds by its one counter, each `renewEveryMs`. A holder may count on a lease for
 * `trustedMs` from the moment at which it *sent* the last renewal that named its token: whoever takes the lease over waits this
 * launcher's whole TTL by its own clock after it last saw the counter move, so a margin lies between the two. The deadline is
 * a timer of its own: it falls whether or not the database ever answers, and before an answer that comes after it.
 *
 * The counter keeps alive whatever has this launcher's id. So a run is known here before its acquisition is sent (`enter`)
 * and forgotten before its release is sent (`leave`), and each renewal frees what no run here knows of.
 */

export interface LeaseHooks {
  /** The lease is good until this moment of the launcher's monotonic clock. */
  readonly onRenewed: (deadline: MonotonicMs) => void;
  readonly onLost: (loss: LeaseLoss) => void;
  /** The run that the lease was reserved for has taken it up. */
  readonly onTakenUp?: () => void;
}

interface HeldLease {
  readonly lease: Lease;
  /** Of the exit that its run has, while that is certain. */
  exitToken: number | undefined;
  readonly hooks: LeaseHooks;
  deadline: MonotonicMs;
  cancelDeadline: () => void;
}

export interface LeaseKeeperPorts {
  readonly launchers: LauncherStore;
  readonly clock: Clock;
  readonly random: Pick<Random, "uuid">;
  readonly journal: Journal;
}

/** What other launchers and `ps` are told of this one; where it listens is known once it does. */
export interface LauncherSelf extends Omit<Launcher, "id" | "operatorSocket"> {
  readonly operatorSocket: Promise<string | undefined>;
}

/** Keeps the leases of one launcher. */
export class LeaseKeeper {
  /** Called when the database has renewed this launcher, whether it holds anything or not. */
  onRenewal: () => void = () => {};
  readonly #ports: LeaseKeeperPorts;
  readonly #held = new Map<RunId, HeldLease>();
  /** Every run that has not ended, those included that still ask for their lease. */
  readonly #runs = new Set<RunId>();
  readonly #times: LeaseTimes;
  #self: LauncherSelf;
  #registration: { readonly id: LauncherId; readonly done: Promise<void> } | undefined;
  #cancelNext: () => void = () => {};
  #isStopped = false;
  #isOutage = false;
  /** How late the last renewal's timer fired. */
  #lateMs = 0;

  constructor(ports: LeaseKeeperPorts, self: LauncherSelf) {
    this.#ports = ports;
    this.#self = self;
    this.#times = leaseTimes(self.ttlMs);
    this.#schedule(this.#times.renewEveryMs);
  }

  /** The launcher's present id; registers it first when it has none. */
  async launcherId(): Promise<LauncherId> {
    this.#registration ??= this.#register();
    const { id, done } = this.#registration;
    await done;
    return id;
  }

  /** The run may hold something from now on: called before its first acquisition is sent. */
  enter(runId: RunId): void {
    this.#runs.add(runId);
  }

  /** The run holds nothing that it still wants: called before its release is sent. */
  leave(runId: RunId): void {
    this.#runs.delete(runId);
    this.abandon(runId);
  }

  /** Watches no more over what the run holds: it is over, and what it could not give back is kept from others while this launcher lives. */
  abandon(runId: RunId): void {
    const entry = this.#held.get(runId);
    if (entry !== undefined) this.#forget(entry);
  }

  /** Watches over the lease from now on; `sentAt` is the moment before its acquisition was sent. */
  hold(lease: Lease, sentAt: MonotonicMs, hooks: LeaseHooks): void {
    this.#runs.add(lease.runId);
    this.#held.get(lease.runId)?.hooks.onTakenUp?.();
    this.abandon(lease.runId);
    const entry: HeldLease = {
      lease,
      exitToken: undefined,
      hooks,
      deadline: sentAt,
      cancelDeadline: () => {},
    };
    this.#held.set(lease.runId, entry);
    this.#extend(entry, sentAt);
  }

  /** The exit that renewals have to name for the run from now on; undefined while one is being taken. Gives back the one of before. */
  watchExit(runId: RunId, token: number | undefined): number | undefined {
    const entry = this.#held.get(runId);
    const before = entry?.exitToken;
    if (entry !== undefined) entry.exitToken = token;
    return before;
  }

  /** Called before an exit is given back: a renewal does not name it any more. */
  leaveExit({ runId, token }: ExitLease): void {
    if (this.#held.get(runId)?.exitToken === token) this.watchExit(runId, undefined);
  }

  /** The database does not know this id (any more): what was held under it is over, and the next one registers anew. */
  renounce(id: LauncherId): void {
    if (this.#registration?.id !== id) return;
    this.#registration = undefined;
    for (const entry of this.#heldUnder(id)) this.#lose(entry, forgottenLoss);
  }

  /** Other keys are held from now on: `keys rotate` waits for what the database says of them. */
  async keysChanged(keyIds: readonly string[]): Promise<void> {
    this.#self = { ...this.#self, keyIds };
    const registration = this.#registration;
    if (registration === undefined) return;
    await registration.done;
    await this.#ports.launchers.update(registration.id, { keyIds });
  }

  /** Tells others which units do not run here, and why. */
  async tellIdle(idle: IdleUnits): Promise<void> {
    await this.#ports.launchers.tellIdle(await this.launcherId(), idle);
  }

  /** Renews no more and says goodbye; what is still held lapses. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelNext();
    for (const entry of this.#held.values()) this.#forget(entry);
    const registration = this.#registration;
    if (registration === undefined) return;
    const goodbye = registration.done.then(() => this.#ports.launchers.end(registration.id));
    await withTimeout(
      this.#ports.clock,
      this.#times.answerWithinMs,
      goodbye.catch(() => {}),
    );
  }

  #register(): { readonly id: LauncherId; readonly done: Promise<void> } {
    const id = this.#ports.random.uuid() as LauncherId;
    const done = this.#self.operatorSocket.then((operatorSocket) =>
      this.#ports.launchers.register({ ...this.#self, operatorSocket, id }),
    );
    done.catch(() => {
      if (this.#registration?.id === id) this.#registration = undefined;
    });
    return { id, done };
  }

  #heldUnder(id: LauncherId): readonly HeldLease[] {
    return [...this.#held.values()].filter(({ lease }) => lease.launcherId === id);
  }

  async #renew(): Promise<void> {
    const registration = this.#registration;
    if (registration !== undefined) await this.#renewAll(registration.id);
    this.#schedule(this.#isOutage ? this.#times.retryEveryMs : this.#times.renewEveryMs);
  }

  async #renewAll(id: LauncherId): Promise<void> {
    // What is acquired meanwhile may be missing from the answer and be held all the same.
    const entries = this.#heldUnder(id);
    const exits = new Map(entries.map((entry) => [entry, entry.exitToken]));
    const sentAt = this.#ports.clock.monotonicMs();
    const renewal = this.#ports.launchers.renew(id).then((renewed) => {
      this.#sayRecovery();
      if (renewed === undefined) return this.renounce(id);
      const { tokens } = renewed;
      const kept = new Set(tokens);
      const known = new Set(renewed.exits);
      // A late answer counts as well, by the moment it was asked, unless its lease ran out before it came.
      for (const entry of entries) this.#settle(entry, kept.has(entry.lease.token), sentAt);
      for (const [entry, token] of exits)
        if (token !== undefined && token === entry.exitToken && !known.has(token))
          this.#lose(entry, exitLoss);
      void this.#tidy(id, tokens);
      this.onRenewal();
    });
    const { answerWithinMs } = this.#times;
    try {
      if (await withTimeout(this.#ports.clock, answerWithinMs, renewal)) return;
      this.#sayOutage(entries, new Error(`no answer within ${answerWithinMs / 1000} s`));
    } catch (error) {
      this.#sayOutage(entries, error);
    }
  }

  #settle(entry: HeldLease, isKept: boolean, sentAt: MonotonicMs): void {
    if (this.#held.get(entry.lease.runId) !== entry) return;
    if (this.#ports.clock.monotonicMs() >= entry.deadline) this.#lose(entry, this.#lossAtDeadline(entry));
    else if (isKept) this.#extend(entry, sentAt);
    else this.#lose(entry, takenLoss);
  }

  async #tidy(id: LauncherId, tokens: readonly number[]): Promise<void> {
    const known = new Set([...this.#held.values()].map(({ lease }) => lease.token));
    const unknown = tokens.filter((token) => !known.has(token));
    // The next renewal comes round to what this one could not free.
    if (unknown.length > 0) await this.#ports.launchers.tidy(id, unknown, [...this.#runs]).catch(() => 0);
  }

  #extend(entry: HeldLease, sentAt: MonotonicMs): void {
    const { clock } = this.#ports;
    const deadline = monotonic(sentAt + this.#times.trustedMs);
    if (deadline < entry.deadline) return;
    entry.deadline = deadline;
    entry.cancelDeadline();
    const leftMs = Math.max(0, entry.deadline - clock.monotonicMs());
    entry.cancelDeadline = clock.after(leftMs, () => this.#lose(entry, this.#lossAtDeadline(entry)));
    entry.hooks.onRenewed(entry.deadline);
  }

  #lossAtDeadline({ deadline }: HeldLease): LeaseLoss {
    const sinceMs = this.#ports.clock.monotonicMs() - deadline;
    // Behind a stop every timer is late: the renewal's, which comes round more often, tells more of its length.
    return lossAtDeadline(Math.max(sinceMs, this.#lateMs), sinceMs + this.#times.trustedMs);
  }

  // The run stays known until what it started is gone: only then is its lease given back.
  #lose(entry: HeldLease, loss: LeaseLoss): void {
    if (this.#held.get(entry.lease.runId) !== entry) return;
    this.#forget(entry);
    entry.hooks.onLost(loss);
  }

  #forget(entry: HeldLease): void {
    entry.cancelDeadline();
    if (this.#held.get(entry.lease.runId) === entry) this.#held.delete(entry.lease.runId);
  }

  #schedule(delayMs: number): void {
    this.#cancelNext();
    if (this.#isStopped) return;
    const { clock } = this.#ports;
    const dueAt = clock.monotonicMs() + delayMs;
    this.#cancelNext = clock.after(delayMs, () => {
      this.#lateMs = clock.monotonicMs() - dueAt;
      void this.#renew();
    });
  }

  #sayOutage(entries: readonly HeldLease[], error: unknown): void {
    if (this.#isOutage) return;
    this.#isOutage = true;
    const { clock, journal } = this.#ports;
    const soonestMs = Math.min(...entries.map((entry) => entry.deadline)) - clock.monotonicMs();
    const why = error instanceof Error ? error.message : String(error);
    const left = Math.ceil(Math.max(0, soonestMs) / 1000);
    const consequence = entries.length === 0 ? "" : `; what runs continues for at most ${left} s`;
    journal.say({
      level: "warning",
      unit: undefined,
      text: `the database does not answer (${why})${consequence}`,
    });
  }

  #sayRecovery(): void {
    if (!this.#isOutage || this.#isStopped) return;
    this.#isOutage = false;
    this.#ports.journal.say({ level: "info", unit: undefined, text: "the database answers again" });
  }
}
