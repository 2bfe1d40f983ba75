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
  readonly #heard = new Map<string, Heard>();
  readonly #cancels = new Set<() => void>();
  #others = 0;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  hear(event: RelayEvent): void {
    if (this.#isStopped || (event.type !== "failed" && event.type !== "refused")) return;
    const key = sentenceOf(event);
    const heard = this.#heard.get(key);
    if (heard !== undefined) {
      heard.count += 1;
      heard.isOfOthers ||= event.target !== heard.target;
    } else if (this.#heard.size < mostAtOnce) {
      const first = { count: 0, target: event.target, isOfOthers: false };
      this.#heard.set(key, first);
      this.#tell(withTarget(key, first), event.type);
      this.#tellAgainLater(key, event.type);
    } else if (this.#others++ === 0) this.#tellOthersLater();
  }

  /** The bot is over: what was heard since is told now. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
    for (const [key, heard] of this.#heard) if (heard.count > 0) this.#tell(timesOf(key, heard), "failed");
    this.#tellOthers();
  }

  #tellAgainLater(key: string, type: "failed" | "refused"): void {
    this.#later(() => {
      const heard = this.#heard.get(key);
      if (heard === undefined || heard.count === 0) {
        this.#heard.delete(key);
        return;
      }
      this.#tell(timesOf(key, heard), type);
      heard.count = 0;
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

const ofGate = "connections of the bot are refused";

// Where every target meets the same, it is told once for all.
function sentenceOf(event: Extract<RelayEvent, { type: "failed" | "refused" }>): string {
  if (event.type === "refused")
    return event.because === "gate"
      ? `${ofGate}: ${event.why}`
      : `a connection to ${event.target} is refused: ${event.why}`;
  const { scope, status } = event.failure;
  // The endpoint matters where it could not be reached, not where it answered.
  const message =
    status === undefined ? event.failure.message : event.failure.message.replace(/^(\S+) \(\S+\) /, "$1 ");
  return scope !== "target" || message.includes(event.target) ? message : `${event.target}: ${message}`;
}

interface Heard {
  /** How often since it was last told. */
  count: number;
  /** The first one that met it, and whether others did. */
  readonly target: string;
  isOfOthers: boolean;
}

function timesOf(text: string, heard: Heard): string {
  return `${withTarget(text, heard)}, ${heard.count} ${heard.count === 1 ? "more time" : "more times"}`;
}

// A proxy may close on one venue in silence and serve all others: which one it was is half of the news.
function withTarget(text: string, { target, isOfOthers }: Heard): string {
  if (text.includes(target) || text.startsWith(ofGate)) return text;
  return `${text} when asked for ${target}${isOfOthers ? " and others" : ""}`;
}
