import type { RelayEvent } from "../../ports/relay.ts";
import type { RunContext } from "../unit/context.ts";

/** A target that fails again and again is told at once, and then once in so long with how often. */
const tellEveryMs = 60_000;
/** A bot that asks for ever new targets must not fill the log: beyond so many they are only counted. */
const mostAtOnce = 40;

type Parts = Pick<RunContext, "ports" | "recorder" | "say" | "exit">;

/** Tells what the relay did not reach, or did not let through, where the bot itself sees no more than a broken connection. */
export class TargetFailures {
  readonly #parts: Parts;
  /** How often each was heard since it was last told. */
  readonly #heard = new Map<string, number>();
  readonly #cancels = new Set<() => void>();
  #others = 0;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  hear(event: RelayEvent): void {
    if (this.#isStopped || (event.type !== "failed" && event.type !== "refused")) return;
    const key = sentenceOf(event);
    const count = this.#heard.get(key);
    if (count !== undefined) this.#heard.set(key, count + 1);
    else if (this.#heard.size < mostAtOnce) {
      this.#heard.set(key, 0);
      this.#tell(key, event.type);
      this.#tellAgainLater(key, event.type);
    } else if (this.#others++ === 0) this.#tellOthersLater();
  }

  /** The bot is over: what was heard since is told now. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    for (const [key, count] of this.#heard) if (count > 0) this.#tell(timesOf(key, count), "failed");
    this.#tellOthers();
  }

  #tellAgainLater(key: string, type: "failed" | "refused"): void {
    this.#later(() => {
      const count = this.#heard.get(key) ?? 0;
      if (count === 0) {
        this.#heard.delete(key);
        return;
      }
      this.#heard.set(key, 0);
      this.#tell(timesOf(key, count), type);
      this.#tellAgainLater(key, type);
    });
  }

  #tellOthersLater(): void {
    this.#later(() => this.#tellOthers());
  }

  #tellOthers(): void {
    if (this.#others > 0)
      this.#tell(`${this.#others} connections to other targets failed or were refused`, "failed");
    this.#others = 0;
  }

  #later(work: () => void): void {
    const cancel = this.#parts.ports.clock.after(tellEveryMs, () => {
      this.#cancels.delete(cancel);
      work();
    });
    this.#cancels.add(cancel);
  }

  #tell(message: string, type: "failed" | "refused"): void {
    const { say, recorder, exit } = this.#parts;
    say("warning", message);
    const kind = type === "failed" ? "target.failed" : "target.refused";
    recorder.record({ kind, severity: "warning", message, proxyId: exit()?.proxyId });
  }
}

// Where every target meets the same, it is told once for all.
function sentenceOf(event: Extract<RelayEvent, { type: "failed" | "refused" }>): string {
  if (event.type === "refused")
    return event.because === "gate"
      ? `connections of the bot are refused: ${event.why}`
      : `a connection to ${event.target} is refused: ${event.why}`;
  const { scope, status } = event.failure;
  // The endpoint matters where it could not be reached, not where it answered.
  const message =
    status === undefined ? event.failure.message : event.failure.message.replace(/^(\S+) \(\S+\) /, "$1 ");
  return scope !== "target" || message.includes(event.target) ? message : `${event.target}: ${message}`;
}

function timesOf(text: string, count: number): string {
  return `${text}, ${count} ${count === 1 ? "more time" : "more times"}`;
}
