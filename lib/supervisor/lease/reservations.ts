import type { RunId } from "../../domain/ids.ts";
import type { SeenLease } from "../../domain/run/lease.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Store } from "../../ports/store/store.ts";
import type { LeaseKeeper } from "./lease-keeper.ts";
import { eraWatch } from "./take-lease.ts";

interface Ports {
  readonly store: Pick<Store, "leases">;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly random: Pick<Random, "uuid">;
}

/** What came of asking for a lease: the run that has it now, that somebody was faster, or that the start has to ask itself. */
export type Reserving =
  | { readonly kind: "reserved"; readonly runId: RunId }
  | { readonly kind: "busy" }
  | { readonly kind: "unknown" };

/**
 * Takes leases for runs that are to begin later. When a whole host dies, what it had is another host's in a moment, while the bots
 * start there one after the other. The run that begins under the id asks for its lease again, and keeps it.
 */
export class Reservations {
  readonly #ports: Ports;
  readonly #leases: LeaseKeeper;
  readonly #era: ReturnType<typeof eraWatch>;
  /** Those that no run has taken up. */
  readonly #open = new Set<RunId>();

  constructor(ports: Ports, leases: LeaseKeeper) {
    this.#ports = ports;
    this.#leases = leases;
    this.#era = eraWatch(ports.clock);
  }

  /** Asks for the unit's lease: as `seen`, or free. `onLost` is called when it is lost before a run has begun. */
  async take(unitKey: UnitKey, seen: SeenLease | undefined, onLost: () => void): Promise<Reserving> {
    const { store, clock, random } = this.#ports;
    const runId = random.uuid() as RunId;
    const slot = { unitKey, instance: "" };
    this.#leases.enter(runId);
    try {
      const launcherId = await this.#leases.launcherId();
      const sentAt = clock.monotonicMs();
      const settledEra = this.#era.settled();
      const answer = await store.leases.acquire({ ...slot, runId, launcherId, seen, settledEra });
      if (answer.kind === "held") {
        this.#open.add(runId);
        this.#leases.hold(answer.lease, sentAt, {
          onRenewed: () => {},
          onTakenUp: () => this.#open.delete(runId),
          onLost: () => {
            onLost();
            void this.giveBack(runId);
          },
        });
        return { kind: "reserved", runId };
      }
      this.#leases.leave(runId);
      if (answer.kind === "unregistered") this.#leases.renounce(launcherId);
      if (answer.kind === "settling") this.#era.note(answer);
      // A start could not take it from its holder either: it would be told as a take-over, and stand by again, at every look.
      const isWaiting = answer.kind === "settling" && seen !== undefined;
      return { kind: answer.kind === "busy" || isWaiting ? "busy" : "unknown" };
    } catch {
      // Should it have been taken all the same, the next renewal frees it.
      this.#leases.leave(runId);
      return { kind: "busy" };
    }
  }

  /** Frees the lease if no run has taken it up; one that cannot be freed now is freed by the next renewal. */
  async giveBack(runId: RunId): Promise<void> {
    if (!this.#open.delete(runId)) return;
    this.#leases.leave(runId);
    const launcherId = await this.#leases.launcherId().catch(() => undefined);
    if (launcherId !== undefined) await this.#ports.store.leases.release(runId, launcherId).catch(() => {});
  }
}
