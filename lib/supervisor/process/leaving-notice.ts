import type { BotChannel, BotChannelEvent } from "../../ports/bot-channel.ts";
import type { Clock } from "../../ports/clock.ts";

/** Tells a bot that its exit is about to be left, and waits for its answer. */
export class LeavingNotice {
  readonly #clock: Clock;
  readonly #channel: () => BotChannel | undefined;
  #lastId = 0;
  #onLeft: (id: number) => void = () => {};

  constructor(clock: Clock, channel: () => BotChannel | undefined) {
    this.#clock = clock;
    this.#channel = channel;
  }

  /** A frame of the bot. */
  hear(event: BotChannelEvent): void {
    if (event.type === "left") this.#onLeft(event.id);
  }

  /** Settles once everybody who asked to be told is done; `nobody` where none did. */
  give(why: string, withinMs: number, signal: AbortSignal): Promise<"done" | "late" | "nobody"> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const settle = (how: "done" | "late" | "nobody"): void => {
        cancel();
        this.#onLeft = () => {};
        resolve(how);
      };
      const cancel = this.#clock.after(withinMs, () => settle("late"));
      signal.addEventListener("abort", () => settle("late"), { once: true });
      // The answer may come before the call that asks for it returns.
      this.#onLeft = (left) => {
        if (left === id) settle("done");
      };
      if (this.#channel()?.announceLeaving(id, withinMs, why) !== true) settle("nobody");
    });
  }
}
