import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import { instant } from "../../domain/time.ts";
import type { AlertChannel, DeadMansPing } from "../../ports/alerts/alert-channel.ts";
import type { AlertReader, AlertSight, AlertWrites } from "../../ports/alerts/alert-store.ts";
import type { RunStore } from "../../ports/store/run-store.ts";
import { withTimeout } from "../waits/with-timeout.ts";
import { DeadMan } from "./dead-man.ts";
import { Deliveries, type DeliveryPorts } from "./deliveries.ts";
import type { OutageWatch } from "./outage-watch.ts";
import { writeAlerts } from "./write-alerts.ts";

const lookEveryMs = 2_000;
const sayEveryMs = 60_000;
/** What nothing but time can bring about is looked for this far ahead, and then left alone until then. */
const restsMs = [30_000, 12_000, 4_000];
/** How long a launcher that ends may take to tell of its end. */
const lastWithinMs = 8_000;

export interface AlertLoopPorts extends DeliveryPorts {
  readonly runs: Pick<RunStore, "live" | "lastEnded">;
  /** Undefined where a lost database is told by nobody. */
  readonly outage: OutageWatch | undefined;
}

export interface AlertLoopSettings {
  readonly notify: NotifySettings;
  readonly channels: readonly AlertChannel[];
  readonly pings: readonly DeadMansPing[];
  readonly self: Pick<AlertReader, "host" | "pid">;
  /** The database, as messages name it. */
  readonly place: string;
}

/**
 * Looks every two seconds whether people have to be told something. Nothing of it ever stops a bot. An alert is kept for a day after it
 * is over; most of that time nothing can follow from it, and a look is one statement without a lock.
 */
export class AlertLoop {
  readonly #ports: AlertLoopPorts;
  readonly #settings: AlertLoopSettings;
  readonly #deliveries: Deliveries;
  readonly #deadMan: DeadMan;
  #cancel: () => void = () => {};
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;
  #saidAt = Number.NEGATIVE_INFINITY;
  /** While the mark is this one, nothing is due by time alone before that moment. */
  #rest: { readonly mark: string; readonly untilMs: number } | undefined;

  constructor(ports: AlertLoopPorts, settings: AlertLoopSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#deliveries = new Deliveries(ports, settings.channels);
    this.#deadMan = new DeadMan(ports, settings.pings);
    this.#schedule(0);
  }

  /** Tells what is there, but not for long; what is left waits for the next launcher. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    const last = async (): Promise<void> => {
      await this.#looking;
      await this.#look(true);
      await this.#deliveries.settled();
      // What was there is followed by what waited for it.
      if ((await this.#deliveries.begin()) > 0) await this.#deliveries.settled();
      // Cut off here it would be told once more by the next launcher.
      await this.#ports.outage?.settled();
    };
    const { clock, outage } = this.#ports;
    const told = last().catch(async () => {
      outage?.failed();
      await outage?.last();
    });
    await withTimeout(clock, lastWithinMs, told);
    outage?.stop();
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#cancel = this.#ports.clock.after(delayMs, () => {
      this.#looking = this.#look(false)
        .then(
          () => this.#ports.outage?.heard(),
          () => this.#ports.outage?.failed(),
        )
        .then(() => this.#schedule(lookEveryMs * (0.9 + this.#ports.random.random01() / 5)));
    });
  }

  async #look(isLast: boolean): Promise<void> {
    const { store, clock } = this.#ports;
    const { channels, pings, self } = this.#settings;
    if (clock.monotonicMs() - this.#saidAt >= sayEveryMs) {
      const pinged = pings.map(({ settings: { name } }) => ({ name, kind: "ping" }));
      await store.have([...channels.map(({ settings: { name, kind } }) => ({ name, kind })), ...pinged]);
      this.#saidAt = clock.monotonicMs();
    }
    const reader = { ...self, channels: channels.map(({ settings }) => settings.name) };
    const sight = await store.look(reader);
    const isResting = this.#rest?.mark === sight.mark && clock.monotonicMs() < this.#rest.untilMs;
    const isWorthIt = sight.hasEvents || (sight.isOpen && (isLast || !isResting));
    const hasWritten = isWorthIt && (await this.#gather(reader, sight, isLast));
    if (hasWritten || sight.hasDue) await this.#deliveries.begin();
    await this.#deadMan.look();
  }

  /** Settles with whether there may be something to send. */
  async #gather(reader: AlertReader, { mark }: AlertSight, isLast: boolean): Promise<boolean> {
    const { store, clock, random } = this.#ports;
    const { notify: settings, channels, place } = this.#settings;
    const newId = () => random.uuid();
    let restMs: number | undefined;
    let hasWritten = false;
    this.#rest = undefined;
    await store.gather(reader, (ground) => {
      const plan = (aheadMs: number, minute: number): AlertWrites =>
        writeAlerts(
          { ...ground, now: instant(ground.now + aheadMs) },
          { channels, settings, place, minuteOfDay: minute, isLast, newId },
        );
      const minuteNow = minuteOfDay(clock.now());
      // Quiet hours may begin or end meanwhile.
      const isNothingDue = (aheadMs: number): boolean => {
        const minutes = new Set([minuteNow, minuteOfDay(clock.now() + aheadMs)]);
        return [...minutes].every((minute) => isEmpty(plan(aheadMs, minute)));
      };
      const writes = plan(0, minuteNow);
      hasWritten = writes.messages.length > 0;
      if (ground.events.length === 0 && isEmpty(writes)) restMs = restsMs.find(isNothingDue);
      return writes;
    });
    if (restMs !== undefined) this.#rest = { mark, untilMs: clock.monotonicMs() + restMs };
    return hasWritten;
  }
}

function minuteOfDay(nowMs: number): number {
  const date = new Date(nowMs);
  return date.getHours() * 60 + date.getMinutes();
}

function isEmpty({ alerts, messages }: AlertWrites): boolean {
  return alerts.length === 0 && messages.length === 0;
}
