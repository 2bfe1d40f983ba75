import type { LauncherId } from "../../domain/ids.ts";
import { type Lease, type LeaseResource, leaseTimes } from "../../domain/run/lease.ts";
import { type MonotonicMs, monotonic } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { LeaseStore } from "../../ports/store/lease-store.ts";
import { within } from "./within.ts";

/*
 * Renews every lease of this launcher in one statement, each `renewEveryMs`. A holder may count on a lease until the
 * moment it *sent* the last renewal that succeeded, plus the TTL, minus a margin: whoever takes the lease over waits a
 * whole TTL of its own clock after the last beat it saw, so the margin lies between the two. The deadline is a timer of
 * its own: it falls whether or not the database ever answers.
 */

export interface LeaseHooks {
  /** The lease is good until this moment of the launcher's monotonic clock. */
  readonly onRenewed: (deadline: MonotonicMs) => void;
  readonly onLost: (loss: LeaseLoss) => void;
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
  readonly leases: Pick<LeaseStore, "renew">;
  readonly clock: Clock;
  readonly journal: Journal;
}

const retryEveryMs = 1_000;
/** A renewal that hangs longer is asked anew over another connection. */
const answerWithinMs = 3_000;
/** A timer of a launcher that runs is not as late as this, on a loaded host neither. */
const stoppedFromMs = 2_000;

const takenLoss: LeaseLoss = {
  reason: "another run has taken the lease",
  hint: "Run `launch ps` to see where it runs now.",
};

/** Keeps the leases of one launcher. */
export class LeaseKeeper {
  readonly #ports: LeaseKeeperPorts;
  readonly #launcherId: LauncherId;
  readonly #held = new Map<LeaseResource, HeldLease>();
  #cancelNext: () => void = () => {};
  #isStopped = false;
  #isOutage = false;
  /** How late the last renewal's timer fired. */
  #lateMs = 0;

  constructor(ports: LeaseKeeperPorts, launcherId: LauncherId) {
    this.#ports = ports;
    this.#launcherId = launcherId;
    this.#schedule(leaseTimes.renewEveryMs);
  }

  /** Renews the lease from now on; `sentAt` is the moment before its acquisition was sent. Gives back how to let go. */
  hold(lease: Lease, sentAt: MonotonicMs, hooks: LeaseHooks): () => void {
    const entry: HeldLease = { lease, hooks, deadline: sentAt, cancelDeadline: () => {} };
    this.#held.set(lease.resource, entry);
    this.#extend(entry, sentAt);
    return () => this.#forget(entry);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelNext();
    for (const entry of this.#held.values()) this.#forget(entry);
  }

  async #renew(): Promise<void> {
    const entries = [...this.#held.values()];
    if (entries.length > 0) await this.#renewAll(entries);
    this.#schedule(this.#isOutage ? retryEveryMs : leaseTimes.renewEveryMs);
  }

  async #renewAll(entries: readonly HeldLease[]): Promise<void> {
    const sentAt = this.#ports.clock.monotonicMs();
    const leases = entries.map((entry) => entry.lease);
    const renewal = this.#ports.leases.renew(this.#launcherId, leases).then((kept) => {
      this.#sayRecovery();
      // A late answer counts as well: by the moment it was asked.
      for (const entry of entries) this.#settle(entry, kept.includes(entry.lease.resource), sentAt);
    });
    try {
      if (await within(this.#ports.clock, answerWithinMs, renewal)) return;
      this.#sayOutage(entries, new Error(`no answer within ${answerWithinMs / 1000} s`));
    } catch (error) {
      this.#sayOutage(entries, error);
    }
  }

  #settle(entry: HeldLease, isKept: boolean, sentAt: MonotonicMs): void {
    if (this.#held.get(entry.lease.resource) !== entry) return;
    if (isKept) this.#extend(entry, sentAt);
    else this.#lose(entry, takenLoss);
  }

  #extend(entry: HeldLease, sentAt: MonotonicMs): void {
    const { clock } = this.#ports;
    const deadline = monotonic(sentAt + entry.lease.ttlMs - leaseTimes.marginMs);
    if (deadline < entry.deadline) return;
    entry.deadline = deadline;
    entry.cancelDeadline();
    const leftMs = Math.max(0, entry.deadline - clock.monotonicMs());
    entry.cancelDeadline = clock.after(leftMs, () => this.#lose(entry, this.#lossAtDeadline(entry)));
    entry.hooks.onRenewed(entry.deadline);
  }

  #lossAtDeadline({ lease, deadline }: HeldLease): LeaseLoss {
    const now = this.#ports.clock.monotonicMs();
    // Behind a stop every timer is late: the renewal's, which comes round more often, tells more of its length.
    const stoppedMs = Math.max(now - deadline, this.#lateMs);
    if (stoppedMs >= stoppedFromMs) {
      const time = `for at least ${Math.floor(stoppedMs / 1000)} s`;
      return {
        reason: `this launcher was stopped, or got no processor time, ${time}, and the lease ran out`,
        hint: "Start it again, and look for what stopped it (SIGSTOP, Ctrl-Z, a debugger, a paused container, too little processor time).",
      };
    }
    const silentMs = now - deadline + lease.ttlMs - leaseTimes.marginMs;
    return {
      reason: `the database did not answer for ${Math.floor(silentMs / 1000)} s, and the lease ran out`,
      hint: "Run `launch doctor`, which looks at the database, and start it again.",
    };
  }

  #lose(entry: HeldLease, loss: LeaseLoss): void {
    if (this.#held.get(entry.lease.resource) !== entry) return;
    this.#forget(entry);
    entry.hooks.onLost(loss);
  }

  #forget(entry: HeldLease): void {
    entry.cancelDeadline();
    if (this.#held.get(entry.lease.resource) === entry) this.#held.delete(entry.lease.resource);
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
    const text = `the database does not answer (${why}); what runs goes on for at most ${left} s more`;
    journal.say({ level: "warning", unit: undefined, text });
  }

  #sayRecovery(): void {
    if (!this.#isOutage || this.#isStopped) return;
    this.#isOutage = false;
    this.#ports.journal.say({ level: "info", unit: undefined, text: "the database answers again" });
  }
}
