import type { AccountId } from "../../domain/ids.ts";
import { probeEveryMs } from "../../domain/reputation/probe-times.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import type { DueProxy } from "../../ports/store/reputation/probe-store.ts";
import { probeExit, probeTransport } from "./probe-proxy.ts";
import { probeVenue } from "./probe-venue.ts";
import { warnOfExpiry } from "./warn-of-expiry.ts";
import type { ProberPorts } from "./with-proxy.ts";

/** A launcher that has just started has its own exits to prove. */
const firstAfterMs = 5_000;
const lookEveryMs = 15_000;
/** While a proxy is under suspicion its next probe is due soon. */
const quickEveryMs = 2_000;
const warnEveryMs = 3_600_000;
const claims = { limit: 4 } as const;
/** What was claimed is due again after this, whatever came of it; a judgement may say sooner. */
const leaseMs = { transport: 300_000, exit: probeEveryMs.exit, venue: probeEveryMs.venue } as const;
/** A vendor that counts connections must not take probes for abuse. */
const perVendorMinute = 60;

/**
 * Tries the proxies of the accounts that this launcher runs while nobody needs them: a standby that was never tested is no standby.
 * Each is claimed first, so that however many launchers there are, one of them asks.
 */
export class Prober {
  readonly #ports: ProberPorts;
  readonly #settings: LauncherSettings;
  readonly #pace: VendorPace;
  #cancel: () => void = () => {};
  #warnAtMs = Number.NEGATIVE_INFINITY;
  readonly #over = new AbortController();
  #round: Promise<unknown> = Promise.resolve();

  constructor(ports: Omit<ProberPorts, "over">, settings: LauncherSettings) {
    this.#ports = { ...ports, over: this.#over.signal };
    this.#settings = settings;
    this.#pace = new VendorPace(perVendorMinute, () => ports.clock.monotonicMs());
    this.#after(firstAfterMs);
  }

  /** Settles when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#over.abort(new Error("the launcher ends"));
    this.#cancel();
    await this.#round;
  }

  #after(ms: number): void {
    const { clock, random } = this.#ports;
    if (this.#over.signal.aborted) return;
    this.#cancel = clock.after(ms * (0.8 + 0.4 * random.random01()), () => {
      this.#round = this.#look().then((isSuspect) => this.#after(isSuspect ? quickEveryMs : lookEveryMs));
    });
  }

  // A database that does not answer is the renewal's to tell; nothing is probed that was not claimed.
  async #look(): Promise<boolean> {
    // A start proves its candidates itself.
    const accountIds = [...this.#ports.intakes].flatMap(([id, intake]) => (intake.isHolding() ? [id] : []));
    if (accountIds.length === 0) return false;
    try {
      await this.#warn(accountIds);
      return await this.#probeDue(accountIds);
    } catch {
      return false;
    }
  }

  // Ends are days away: people are warned by the hour.
  async #warn(accountIds: readonly AccountId[]): Promise<void> {
    const nowMs = this.#ports.clock.monotonicMs();
    if (nowMs < this.#warnAtMs) return;
    this.#warnAtMs = nowMs + warnEveryMs;
    await warnOfExpiry(this.#ports, accountIds);
  }

  async #probeDue(accountIds: readonly AccountId[]): Promise<boolean> {
    const { store, hostKey } = this.#ports;
    const claim = { accountIds, ...claims };
    const [transport, exits, venues] = await Promise.all([
      store.probes.claimTransport({
        ...claim,
        hostKey,
        leaseMs: leaseMs.transport,
        restMs: probeEveryMs.transport,
      }),
      store.probes.claimExits({ ...claim, leaseMs: leaseMs.exit, restMs: probeEveryMs.exit }),
      store.probes.claimVenues({ ...claim, leaseMs: leaseMs.venue, restMs: probeEveryMs.venue }),
    ]);
    const isFree = ({ proxy }: Pick<DueProxy, "proxy">) =>
      this.#pace.take(proxy.provider ?? proxy.endpoint.host);
    const full = new Set(exits.map(({ proxy }) => proxy.id));
    const states = await allDone([
      ...exits.filter(isFree).map((due) => probeExit(this.#ports, this.#settings, due)),
      ...transport
        // A bot that is on an exit shows more of it than a probe.
        .filter((due) => !due.isLeased && !full.has(due.proxy.id) && isFree(due))
        .map((due) => probeTransport(this.#ports, this.#settings, due)),
    ]);
    await allDone(venues.filter(isFree).map((due) => probeVenue(this.#ports, this.#settings, due)));
    return states.includes("suspect");
  }
}

/** As Promise.all, but one that fails keeps none of the others from being waited for. */
async function allDone<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}

/** At most so many probes of one vendor's proxies a minute: a vendor that counts connections must not take them for abuse. */
class VendorPace {
  readonly #most: number;
  readonly #nowMs: () => number;
  readonly #recent = new Map<string, number[]>();

  constructor(most: number, nowMs: () => number) {
    this.#most = most;
    this.#nowMs = nowMs;
  }

  take(vendor: string): boolean {
    const now = this.#nowMs();
    const recent = (this.#recent.get(vendor) ?? []).filter((at) => at > now - 60_000);
    const isFree = recent.length < this.#most;
    this.#recent.set(vendor, isFree ? [...recent, now] : recent);
    return isFree;
  }
}
