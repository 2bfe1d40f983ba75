import type { AlertChannel } from "../../ports/alerts/alert-channel.ts";
import type { AlertStore, ClaimedMessage, DeliveryOutcome } from "../../ports/alerts/alert-store.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";

/** A sender answers within 10 s, reading secrets included; behind a kill the next one begins after this time. */
const holdMs = 15_000;
/** What was not begun by then is left to the next one: a launcher that was stopped meanwhile would send it a second time. */
const beginWithinMs = 5_000;
const firstRetryMs = 5_000;
const mostRetryMs = 600_000;
/** What nobody took for so long is no news any more. */
const keptMs = 86_400_000;

export interface DeliveryPorts {
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
}

/** Sends what waits in the outbox, each channel in its own time, so that one that hangs keeps up no other. */
export class Deliveries {
  readonly #ports: DeliveryPorts;
  readonly #channels: ReadonlyMap<string, AlertChannel>;
  readonly #by: string;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #failing = new Set<string>();

  constructor(ports: DeliveryPorts, channels: readonly AlertChannel[]) {
    this.#ports = ports;
    this.#channels = new Map(channels.map((channel) => [channel.settings.name, channel]));
    this.#by = ports.random.uuid();
  }

  /** Begins to send what is due; gives how many messages that is. */
  async begin(): Promise<number> {
    const idle = [...this.#channels.keys()].filter((name) => !this.#underWay.has(name));
    if (idle.length === 0) return 0;
    const { clock, store } = this.#ports;
    const askedAt = clock.monotonicMs();
    const claimed = await store.claim(this.#by, idle, holdMs);
    if (clock.monotonicMs() - askedAt >= beginWithinMs) return 0;
    for (const name of idle) {
      const mine = claimed.filter(({ channel }) => channel === name);
      const channel = this.#channels.get(name);
      if (mine.length === 0 || channel === undefined) continue;
      const work = this.#sendAll(channel, mine).finally(() => this.#underWay.delete(name));
      this.#underWay.set(name, work);
    }
    return claimed.length;
  }

  /** Settles when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  // At once: their claims run out together.
  async #sendAll(channel: AlertChannel, messages: readonly ClaimedMessage[]): Promise<void> {
    await Promise.all(messages.map((message) => this.#send(channel, message)));
  }

  async #send(channel: AlertChannel, message: ClaimedMessage): Promise<void> {
    const { store } = this.#ports;
    const { id, alertId, kind, content, madeAt, mayHaveArrived, receipt } = message;
    const thread = alertId;
    const delivered = await channel.deliver({
      id,
      thread,
      kind,
      content,
      at: madeAt,
      mayHaveArrived,
      receipt,
    });
    const outcome: DeliveryOutcome =
      delivered.kind === "sent" ? delivered : failed(delivered, message, this.#ports.random);
    this.#tell(channel.settings.name, outcome);
    // The answer is lost with the database: the message is sent once more, under the same key.
    await store.settle(this.#by, message, outcome).catch(() => undefined);
  }

  #tell(name: string, outcome: DeliveryOutcome): void {
    const { journal } = this.#ports;
    const wasFailing = this.#failing.has(name);
    if (outcome.kind === "sent") {
      if (!wasFailing) return;
      this.#failing.delete(name);
      journal.say({ level: "info", unit: undefined, text: `the channel ${name} of notify works again` });
      return;
    }
    if (wasFailing) return;
    this.#failing.add(name);
    const text = `the channel ${name} of notify fails and is tried again: ${outcome.why}; see \`launch notify ls\``;
    journal.say({ level: "warning", unit: undefined, text });
  }
}

function failed(
  { why, retryAfterMs }: { readonly why: string; readonly retryAfterMs?: number | undefined },
  { attempts, ageMs }: ClaimedMessage,
  random: Random,
): DeliveryOutcome {
  if (ageMs >= keptMs) return { kind: "dropped", why };
  const usual = Math.min(mostRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 10));
  const retryInMs = Math.max(retryAfterMs ?? 0, Math.round(usual * (0.5 + random.random01() / 2)));
  return { kind: "failed", why, retryInMs: Math.min(retryInMs, 3_600_000) };
}
