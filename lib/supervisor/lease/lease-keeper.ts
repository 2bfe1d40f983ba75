import type { IdleUnits } from "../../domain/desk/idle-units.ts";
import type { LauncherId, RunId } from "../../domain/ids.ts";
import { type Lease, type LeaseTimes, leaseTimes } from "../../domain/run/lease.ts";
import { type MonotonicMs, monotonic } from "../../domain/time.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { Launcher, LauncherStore } from "../../ports/store/launcher-store.ts";
import { withTimeout } from "./with-timeout.ts";

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

/** Why a lease is gone, and what to type next. */
export interface LeaseLoss {
  readonly reason: string;
  readonly hint: string;
}

interface HeldLease {
  readonly lease: Lease;
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

/** A timer of a launcher that runs is not as late as this, on a loaded host neither. */
const stoppedFromMs = 2_000;

const takenLoss: LeaseLoss = {
  reason: "another run has taken the lease",
  hint: "Run `launch ps` to see where it runs now.",
};
const forgottenLoss: LeaseLoss = {
  reason: "the database no longer knows this launcher, so all its leases are gone",
  hint: "Start it again; `launch events` shows whether an older copy of the database was restored.",
};

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
    const entry: HeldLease = { lease, hooks, deadline: sentAt, cancelDeadline: () => {} };
    this.#held.set(lease.runId, entry);
    this.#extend(entry, sentAt);
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
    const sentAt = this.#ports.clock.monotonicMs();
    const renewal = this.#ports.launchers.renew(id).then((tokens) => {
      this.#sayRecovery();
      if (tokens === undefined) return this.renounce(id);
      const kept = new Set(tokens);
      // A late answer counts as well, by the moment it was asked, unless its lease ran out before it came.
      for (const entry of entries) this.#settle(entry, kept.has(entry.lease.token), sentAt);
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
    const now = this.#ports.clock.monotonicMs();
    // Behind a stop every timer is late: the renewal's, which comes round more often, tells more of its length.
    const stoppedMs = Math.max(now - deadline, this.#lateMs);
    if (stoppedMs >= stoppedFromMs) {
      const time = `for at least ${Math.floor(stoppedMs / 1000)} s`;
      return {
        reason: `this launcher was suspended, or got no processor time, ${time}, and the lease ended`,
        hint: "Start it again, and find out what suspended it (SIGSTOP, Ctrl-Z, a debugger, a paused container, too little processor time).",
      };
    }
    const silentMs = now - deadline + this.#times.trustedMs;
    return {
      reason: `the database did not answer for ${Math.round(silentMs / 1000)} s, and the lease ended`,
      hint: "Run `launch doctor`, which checks the database, and start it again.",
    };
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
