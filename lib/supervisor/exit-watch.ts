import type { WitnessAnswer } from "../domain/exit-reading.ts";
import type { CandidateFacts } from "../domain/selection-facts.ts";
import type { ProvenWay } from "../policy/bot-machine/state.ts";
import { judgeReading } from "../policy/proof.ts";
import type { BotChannelEvent } from "../ports/bot-channel.ts";
import type { Relay, RelayEvent } from "../ports/relay.ts";
import type { BotRunnerSettings } from "./runner-settings.ts";
import type { SessionParts } from "./session-parts.ts";
import { withdrawalOf } from "./withdrawal.ts";

/** Beats come every 5 s; three missing are lost (docs/architecture.md, Proof), with one second for the last one to arrive. */
const beatsLostAfterMs = 16_000;
const readEveryMs = 60_000;
const readTimeoutMs = 5_000;
/** The row's `beat_at` is for people: it need not follow each beat. */
const writeBeatEveryMs = 15_000;

interface Watched {
  readonly way: ProvenWay;
  readonly candidate: CandidateFacts;
}

/** Watches a running bot from three sides: its beats, the exit as it is seen, and what the operator changed. */
export class ExitWatch {
  readonly #parts: SessionParts<BotRunnerSettings>;
  readonly #relay: Relay;
  #watched: Watched | undefined;
  #cancelBeat: () => void = () => {};
  #cancelRead: () => void = () => {};
  #pending: { readonly id: number; readonly cancel: () => void } | undefined;
  #lastId = 0;
  #beatWrittenAt = 0;
  #isReadingFacts = false;

  constructor(parts: SessionParts<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
  }

  start(way: ProvenWay, candidate: CandidateFacts): void {
    this.#watched = { way, candidate };
    this.#scheduleRead();
  }

  stop(): void {
    this.#watched = undefined;
    this.#cancelBeat();
    this.#cancelRead();
    this.#dropPending();
  }

  /** A frame of the bot: the first beat arms the watch, so that programs without preload are not judged by it. */
  hear(event: BotChannelEvent, isMain: boolean): void {
    if (this.#watched === undefined || !isMain) return;
    if (event.type === "beat") this.#takeBeat();
    if (event.type !== "reading" || this.#pending?.id !== event.id) return;
    this.#dropPending();
    this.#judge(this.#parts.ports.witness.parse(event.witness, event.answer));
  }

  hearRelay(event: RelayEvent): void {
    if (this.#watched === undefined || event.type !== "failed" || event.failure.scope !== "upstream") return;
    this.#parts.dispatch({ type: "transport-suspected", reason: event.failure.message });
  }

  /** The change feed: the account's facts are read with each lease renewal. */
  async renewed(): Promise<void> {
    const watched = this.#watched;
    if (watched === undefined || this.#isReadingFacts) return;
    this.#isReadingFacts = true;
    const { ports, settings, dispatch } = this.#parts;
    try {
      // What was written at the claim is part of the facts that count.
      await this.#parts.book.settled();
      const facts = await ports.store.accounts.facts(settings.account.id);
      const found = withdrawalOf(facts, watched.candidate);
      if (found !== undefined && this.#watched === watched) dispatch({ type: "withdrawn", ...found });
    } catch {
      // The renewal itself tells about an unreachable database, and its deadline decides.
    } finally {
      this.#isReadingFacts = false;
    }
  }

  #takeBeat(): void {
    const { clock, random } = this.#parts.ports;
    this.#cancelBeat();
    this.#cancelBeat = clock.after(beatsLostAfterMs, () => {
      this.#parts.dispatch({ type: "beat-lost", unit: random.unit() });
    });
    const now = clock.now();
    if (now - this.#beatWrittenAt < writeBeatEveryMs) return;
    this.#beatWrittenAt = now;
    this.#parts.book.note({ beatAt: now });
  }

  #scheduleRead(): void {
    const { clock, random } = this.#parts.ports;
    this.#cancelRead();
    this.#cancelRead = clock.after(readEveryMs * (0.8 + 0.4 * random.unit()), () => this.#read());
  }

  #read(): void {
    const { ports, settings, keeper } = this.#parts;
    this.#scheduleRead();
    const witness = settings.witnesses[Math.floor(ports.random.unit() * settings.witnesses.length)];
    if (witness === undefined) return;
    const id = ++this.#lastId;
    const isAsked = keeper.channel?.requestReading(id, witness, readTimeoutMs) ?? false;
    this.#dropPending();
    if (!isAsked) {
      void this.#readByLauncher(witness);
      return;
    }
    // A bot whose loop is busy may not answer: then the launcher looks for itself.
    const cancel = ports.clock.after(readTimeoutMs + 1_000, () => void this.#readByLauncher(witness));
    this.#pending = { id, cancel };
  }

  async #readByLauncher(witness: string): Promise<void> {
    const dial = this.#relay.dial.bind(this.#relay);
    this.#judge(await this.#parts.ports.witness.ask(witness, dial, readTimeoutMs));
  }

  #judge(answer: WitnessAnswer): void {
    if (this.#watched === undefined) return;
    const { ports, book, dispatch } = this.#parts;
    const verdict = judgeReading(answer, this.#watched.way.proof, ports.directIp.current());
    switch (verdict.kind) {
      case "drift":
      case "direct_leak":
        dispatch({ type: "drift-seen", reason: verdict.why });
        return;
      case "match":
        book.note({ exitProvenAt: ports.clock.now() });
        dispatch({ type: "reading-matched" });
        return;
      case "unknown":
        return;
      default:
        verdict satisfies never;
    }
  }

  #dropPending(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }
}
