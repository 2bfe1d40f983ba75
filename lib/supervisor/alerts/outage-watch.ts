import type { AlertContent } from "../../domain/alerts/alert.ts";
import { describeDuration, type Instant } from "../../domain/time.ts";
import type { AlertChannel, Delivery } from "../../ports/alerts/alert-channel.ts";
import type { OpenOutageBook, Outage, OutageBook } from "../../ports/alerts/outage-book.ts";
import type { Clock, Random } from "../../ports/clock.ts";

/** It is told shortly before leases end: a database that only restarts is back before. Long leases leave time to look into it. */
const beforeEndMs = 2_000;
const latestMs = 60_000;

interface Ports {
  readonly book: OutageBook;
  readonly clock: Clock;
  readonly random: Random;
}

interface Settings {
  readonly channels: readonly AlertChannel[];
  readonly host: string;
  readonly place: string;
  /** For how long after the last renewal this launcher's leases hold. */
  readonly trustedMs: number;
}

/**
 * Tells that the database does not answer, and that it does again. That cannot go through the database: the launchers of a host
 * agree by a file, and the one that has it tells. Each host tells for itself, because one may be cut off alone.
 */
export class OutageWatch {
  readonly #ports: Ports;
  readonly #settings: Settings;
  readonly #lostAfterMs: number;
  #failingSince: number | undefined;
  #open: OpenOutageBook | undefined;
  /** A launcher that died in an outage may have left the book open: it is looked at once. */
  #isClean = false;
  #work: Promise<void> = Promise.resolve();
  #isBusy = false;

  constructor(ports: Ports, settings: Settings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#lostAfterMs = Math.min(settings.trustedMs - beforeEndMs, latestMs);
  }

  /** The database answered. */
  heard(): void {
    this.#failingSince = undefined;
    if (!this.#isClean) this.#begin(() => this.#tellOver());
  }

  /** It did not. */
  failed(): void {
    const { clock } = this.#ports;
    this.#isClean = false;
    this.#failingSince ??= clock.monotonicMs();
    if (clock.monotonicMs() - this.#failingSince >= this.#lostAfterMs) this.#begin(() => this.#tellLost());
  }

  /** This launcher ends: what it has met is told now. */
  async last(): Promise<void> {
    await this.#work;
    if (this.#failingSince === undefined) return;
    this.#begin(() => this.#tellLost());
    await this.#work;
  }

  /** Settles when nothing is being told any more. */
  async settled(): Promise<void> {
    await this.#work;
  }

  stop(): void {
    this.#open?.release();
    this.#open = undefined;
  }

  #begin(work: () => Promise<void>): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#work = work()
      // A disk that is full keeps nobody from looking again.
      .catch(() => undefined)
      .finally(() => {
        this.#isBusy = false;
      });
  }

  async #tellLost(): Promise<void> {
    this.#open ??= await this.#ports.book.take();
    const book = this.#open;
    if (book === undefined) return;
    const { clock, random } = this.#ports;
    let outage = await book.read();
    if (outage === undefined || outage.overAt !== undefined) {
      const since = (clock.now() - this.#lostAfterMs) as Instant;
      outage = { id: random.uuid(), since, lost: {}, over: {}, begun: [] };
      await book.write(outage);
    }
    for (const channel of this.#wanted()) {
      const { name } = channel.settings;
      if (outage.lost[name] !== undefined) continue;
      const key = `${outage.id}.${name}.1`;
      const sent = await this.#deliver(channel, { book, outage, key, content: this.#lostWords() });
      outage = sent.outage;
      if (sent.isSent) outage = { ...outage, lost: { ...outage.lost, [name]: { receipt: sent.receipt } } };
      await book.write(outage);
    }
  }

  async #tellOver(): Promise<void> {
    if (this.#open === undefined && !(await this.#ports.book.isWritten())) {
      this.#isClean = true;
      return;
    }
    this.#open ??= await this.#ports.book.take();
    const book = this.#open;
    if (book === undefined) return;
    let outage = await book.read();
    if (outage !== undefined) {
      outage = { ...outage, overAt: outage.overAt ?? this.#ports.clock.now() };
      for (const channel of this.#wanted()) {
        const { name } = channel.settings;
        const told = outage.lost[name];
        if (told === undefined || outage.over[name] === true) continue;
        const key = `${outage.id}.${name}.2`;
        const content = this.#overWords(outage);
        const { receipt } = told;
        const sent = await this.#deliver(channel, { book, outage, key, content, receipt });
        outage = sent.isSent ? { ...sent.outage, over: { ...sent.outage.over, [name]: true } } : sent.outage;
        await book.write(outage);
        if (!sent.isSent) return;
      }
      await book.forget();
    }
    this.stop();
    this.#isClean = true;
  }

  async #deliver(
    channel: AlertChannel,
    message: {
      readonly book: OpenOutageBook;
      readonly outage: Outage;
      readonly key: string;
      readonly content: AlertContent;
      readonly receipt?: string | undefined;
    },
  ): Promise<{ readonly outage: Outage; readonly isSent: boolean; readonly receipt: string | undefined }> {
    const { book, outage, key, content, receipt } = message;
    const mayHaveArrived = outage.begun.includes(key);
    const begun: Outage = { ...outage, begun: [...new Set([...outage.begun, key])] };
    await book.write(begun);
    const canChange = channel.canEdit && receipt !== undefined;
    const kind: Delivery["kind"] = content.isOver ? (canChange ? "edit" : "over") : "news";
    const at = this.#ports.clock.now();
    const thread = outage.id;
    const delivered = await channel.deliver({ id: key, thread, kind, content, at, mayHaveArrived, receipt });
    if (delivered.kind === "sent") return { outage: begun, isSent: true, receipt: delivered.receipt };
    // It was refused: nothing arrived.
    return { outage, isSent: false, receipt: undefined };
  }

  #wanted(): readonly AlertChannel[] {
    return this.#settings.channels.filter(
      ({ settings: { topics } }) => topics === undefined || topics.includes("database_lost"),
    );
  }

  #lostWords(): AlertContent {
    const { host, place, trustedMs } = this.#settings;
    const title = `The host ${host} does not reach its database`;
    return contentOf(
      title,
      [
        `${title}.`,
        `Its bots stop within ${Math.floor(trustedMs / 1_000)} s unless the database answers again, because nobody could keep a second one from running.`,
        "Type: launch doctor",
        `(${place})`,
      ].join("\n"),
      false,
    );
  }

  #overWords({ since, overAt }: Outage): AlertContent {
    const { host, place } = this.#settings;
    const title = `Over after ${describeDuration((overAt ?? since) - since)}: the host ${host} reaches its database again`;
    return contentOf(title, [`${title}.`, "Type: launch ps", `(${place})`].join("\n"), true);
  }
}

function contentOf(title: string, text: string, isOver: boolean): AlertContent {
  return {
    title,
    text,
    severity: isOver ? "info" : "error",
    isUrgent: !isOver,
    topics: ["database_lost"],
    cause: "database",
    members: [],
    isOver,
  };
}
