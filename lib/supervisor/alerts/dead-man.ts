import type { RunId } from "../../domain/ids.ts";
import type { Instant, MonotonicMs } from "../../domain/time.ts";
import { notWell, type SeenUnit } from "../../policy/alerts/whole-desk.ts";
import type { DeadMansPing } from "../../ports/alerts/alert-channel.ts";
import type { AlertStore } from "../../ports/alerts/alert-store.ts";
import type { Clock } from "../../ports/clock.ts";
import type { RunStore } from "../../ports/store/run-store.ts";

/** Of a run that has ended nobody asks this. */
const unknown = { stillMs: undefined, silentMs: undefined, ttlMs: undefined };

interface Ports {
  readonly store: Pick<AlertStore, "claimPing" | "noteChannel">;
  readonly runs: Pick<RunStore, "live" | "lastEnded">;
  readonly clock: Clock;
}

/**
 * Pings while every bot that must be alive is. A heartbeat is judged by whether it still changes, so that the clocks of hosts do not
 * matter.
 */
export class DeadMan {
  readonly #ports: Ports;
  readonly #pings: readonly DeadMansPing[];
  readonly #due = new Map<DeadMansPing, MonotonicMs>();
  readonly #lastSeen = new Map<RunId, { readonly at: Instant | undefined; readonly since: MonotonicMs }>();

  constructor(ports: Ports, pings: readonly DeadMansPing[]) {
    this.#ports = ports;
    this.#pings = pings;
  }

  async look(): Promise<void> {
    const { clock } = this.#ports;
    const now = clock.monotonicMs();
    const due = this.#pings.filter((ping) => now >= (this.#due.get(ping) ?? 0));
    if (due.length === 0) return;
    const units = await this.#units(now);
    await Promise.all(due.map((ping) => this.#ping(ping, units, now)));
  }

  async #ping(ping: DeadMansPing, units: readonly SeenUnit[], now: MonotonicMs): Promise<void> {
    const { store } = this.#ports;
    const { name, everyMs, units: wanted } = ping.settings;
    this.#due.set(ping, (now + everyMs) as MonotonicMs);
    const ill = notWell(units, wanted);
    if (ill.length > 0) return await store.noteChannel(name, `not asked: ${ill.slice(0, 5).join(", ")}`);
    if (!(await store.claimPing(name, everyMs))) return;
    const answer = await ping.ping(`${units.length} bots and collectors are well`);
    await store.noteChannel(name, answer.kind === "sent" ? undefined : answer.why);
  }

  async #units(now: MonotonicMs): Promise<readonly SeenUnit[]> {
    const { runs } = this.#ports;
    const [live, ended] = await Promise.all([runs.live(), runs.lastEnded()]);
    const known = new Set(live.map(({ run }) => run.id));
    for (const id of this.#lastSeen.keys()) if (!known.has(id)) this.#lastSeen.delete(id);
    return [
      ...live.map(({ run, sinceRenewedMs, ttlMs }) => ({
        name: run.unit.name,
        run,
        stillMs: this.#stillMs(run.id, run.heartbeatAt, now),
        silentMs: sinceRenewedMs,
        ttlMs,
      })),
      ...ended.map((run) => ({ name: run.unit.name, run, ...unknown })),
    ];
  }

  #stillMs(id: RunId, at: Instant | undefined, now: MonotonicMs): number | undefined {
    if (at === undefined) return undefined;
    const seen = this.#lastSeen.get(id);
    if (seen === undefined || seen.at !== at) this.#lastSeen.set(id, { at, since: now });
    return now - (this.#lastSeen.get(id)?.since ?? now);
  }
}
