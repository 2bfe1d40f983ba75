import { exitOfFamily, type WitnessAnswer } from "../../domain/exit-check.ts";
import type { BotRunnerSettings } from "../../domain/run/run-settings.ts";
import { judgeExitCheck, ownAddressIn } from "../../policy/proof.ts";
import type { BotChannelEvent } from "../../ports/bot-channel.ts";
import type { Relay, RelayEvent } from "../../ports/relay.ts";
import { type LifeWatch, lifeWatch } from "../life/life-watch.ts";
import type { RunContext } from "../unit/context.ts";

const readEveryMs = 60_000;
const readTimeoutMs = 5_000;
/** An exit that was just verified is not verified again by the next failed connection. */
const suspectEveryMs = 5_000;
/** A target that the proxy did not reach says little of the proxy: a venue that is down must not keep the witnesses busy. */
const suspectForTargetEveryMs = 60_000;

interface Pending {
  readonly id: number;
  readonly witness: string;
  readonly watched: AbortSignal;
  readonly cancel: () => void;
}

/** Watches a running bot: its heartbeats, and the exit as it is seen from inside or through its relay. */
export class ExitWatch {
  readonly #parts: RunContext<BotRunnerSettings>;
  readonly #relay: Relay;
  readonly #life: LifeWatch;
  /** Of the exit that is watched; what was asked about one before it no longer counts. */
  #watching: AbortController | undefined;
  #cancelRead: () => void = () => {};
  #pending: Pending | undefined;
  #lastId = 0;
  #suspectedAtMs = Number.NEGATIVE_INFINITY;
  /** Witnesses that the others outvoted: asked only while no other is left. */
  readonly #behind = new Set<string>();

  constructor(parts: RunContext<BotRunnerSettings>, relay: Relay) {
    this.#parts = parts;
    this.#relay = relay;
    this.#life = lifeWatch(parts);
  }

  start(): void {
    const watching = new AbortController();
    this.#watching = watching;
    this.#life.start();
    this.#scheduleRead();
    // The proof came through the relay alone; a bot that can look for itself does so as soon as its own modules are loaded.
    const witness = this.#anyWitness();
    if (witness !== undefined) this.#readInside(witness, watching.signal);
  }

  stop(): void {
    this.#watching?.abort();
    this.#watching = undefined;
    this.#life.stop();
    this.#cancelRead();
    this.#dropPending();
  }

  /** Calls back once the bot's process is alive, as far as that can be known. */
  whenAlive(then: () => void): void {
    this.#life.whenAlive(then);
  }

  /** Looks at the exit now; the next regular look comes a whole time later. */
  checkNow(): void {
    this.#cancelRead();
    this.#read();
  }

  /** The next frames are another process's. */
  expectProcess(): void {
    this.#life.expectProcess();
  }

  /** The witness saw another address than all the others: it is not believed again and again. */
  rankBehind(witness: string): void {
    this.#behind.add(witness);
  }

  /** A frame of the bot. */
  hear(event: BotChannelEvent, isMain: boolean): void {
    if (!isMain) return;
    this.#life.hear(event);
    if (event.type !== "exit-check" || this.#pending?.id !== event.id) return;
    const { witness, watched } = this.#pending;
    this.#dropPending();
    const answer = this.#parts.ports.witness.parse(event.witness, event.answer);
    if (answer.kind === "unknown") void this.#readByLauncher(witness, watched);
    else this.#judge(answer, watched, "leak-seen");
  }

  hearRelay(event: RelayEvent): void {
    if (event.type !== "failed") return;
    const { scope, message } = event.failure;
    this.#suspect(message, scope === "upstream" ? suspectEveryMs : suspectForTargetEveryMs);
  }

  /** The host's own address may have become the exit's: nothing else would tell before the next reading. */
  lookForLeak(): void {
    const proof = this.#parts.exit()?.proof;
    if (this.#watching === undefined || proof === undefined) return;
    const exitIp = ownAddressIn(proof, this.#parts.ports.directIp.known());
    if (exitIp === undefined) return;
    this.#parts.dispatch({ type: "drift-seen", reason: `${exitIp} is the host's own address now`, exitIp });
  }

  // One failure is enough to ask; a target that fails again and again must not make the witnesses be asked without end.
  #suspect(reason: string, everyMs = suspectEveryMs): void {
    const nowMs = this.#parts.ports.clock.monotonicMs();
    if (this.#watching === undefined || nowMs - this.#suspectedAtMs < everyMs) return;
    this.#suspectedAtMs = nowMs;
    this.#parts.dispatch({ type: "transport-suspected", reason });
  }

  #scheduleRead(): void {
    const { clock, random } = this.#parts.ports;
    this.#cancelRead();
    this.#cancelRead = clock.after(readEveryMs * (0.8 + 0.4 * random.random01()), () => this.#read());
  }

  #read(): void {
    const watched = this.#watching?.signal;
    const witness = this.#anyWitness();
    this.#scheduleRead();
    if (watched === undefined || witness === undefined) return;
    if (!this.#readInside(witness, watched)) void this.#readByLauncher(witness, watched);
  }

  #anyWitness(): string | undefined {
    const { ports, settings } = this.#parts;
    const trusted = settings.witnesses.filter((witness) => !this.#behind.has(witness));
    const asked = trusted.length === 0 ? settings.witnesses : trusted;
    return asked[Math.floor(ports.random.random01() * asked.length)];
  }

  #readInside(witness: string, watched: AbortSignal): boolean {
    const { ports, keeper, settings } = this.#parts;
    this.#dropPending();
    // Nothing leads the observer's own request to the relay in that tier.
    if (settings.tier === "env") return false;
    const id = ++this.#lastId;
    if (!(keeper.channel?.requestExitCheck(id, witness, readTimeoutMs) ?? false)) return false;
    // A bot whose loop is busy may not answer: then the launcher looks for itself.
    const cancel = ports.clock.after(readTimeoutMs + 1_000, () => {
      this.#dropPending();
      void this.#readByLauncher(witness, watched);
    });
    this.#pending = { id, witness, watched, cancel };
    return true;
  }

  async #readByLauncher(witness: string, watched: AbortSignal): Promise<void> {
    const dial = this.#relay.dial.bind(this.#relay);
    const answer = await this.#parts.ports.witness.ask(witness, dial, readTimeoutMs);
    // Whose fault it was is for the other witnesses to tell: a proxy that reaches nothing answers all the same.
    if (answer.kind === "unknown" && answer.failure !== undefined && !watched.aborted)
      this.#suspect(answer.failure.message);
    this.#judge(answer, watched);
  }

  // An answer about an exit that was left meanwhile says nothing about the present one.
  #judge(
    answer: WitnessAnswer,
    watched: AbortSignal,
    onLeak: "leak-seen" | "drift-seen" = "drift-seen",
  ): void {
    const { ports, recorder, dispatch, exit } = this.#parts;
    const proof = exit()?.proof;
    if (watched.aborted || proof === undefined) return;
    const verdict = judgeExitCheck(answer, proof, ports.directIp.known());
    switch (verdict.kind) {
      case "drift":
        dispatch({
          type: "drift-seen",
          reason: verdict.why,
          witness: answer.witness,
          exitIp: verdict.expected,
        });
        return;
      case "direct_leak":
        dispatch({ type: onLeak, reason: verdict.why, exitIp: exitOfFamily(proof.exitIps, verdict.ip) });
        return;
      case "match":
        recorder.note({ exitProvenAt: ports.clock.now() });
        dispatch({ type: "exit-check-matched" });
        return;
      case "unknown":
        // Another address family is no drift, but the proven exit may be gone: the other witnesses tell.
        if (answer.kind === "seen") this.#suspect(verdict.why);
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
