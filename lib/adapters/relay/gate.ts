import type { MonotonicMs } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Relay, RelayEvent } from "../../ports/relay.ts";

/** Whether the bot's connections may pass: shut at first, open on word, cut on word, shut by itself at the deadline. */
export interface Gate {
  readonly state: () => Relay["gate"];
  /** In words why nothing may pass; undefined while open. A first try on a gate never opened is reported. */
  readonly whyShut: () => string | undefined;
  readonly open: () => void;
  readonly cut: (reason: string) => void;
  readonly setDeadline: (at: MonotonicMs | undefined) => void;
  readonly close: () => void;
}

/** Makes the gate of one relay; `severAll` ends what passed before. */
export function openGate(clock: Clock, onEvent: (event: RelayEvent) => void, severAll: () => void): Gate {
  let state: Relay["gate"] = "shut";
  let why = "the relay is not open yet";
  let deadline: MonotonicMs | undefined;
  let stopTimer = (): void => {};
  let hasKnocked = false;

  const shut = (next: "shut" | "cut", reason: string): void => {
    state = next;
    why = reason;
    severAll();
  };
  const isLate = (): boolean => deadline !== undefined && clock.monotonicMs() >= deadline;
  const expire = (): void => {
    if (state !== "open") return;
    shut("shut", "the deadline of the lease has passed");
    onEvent({ type: "deadline" });
  };

  return {
    state: () => state,
    whyShut() {
      // A timer may come late on a busy host; the deadline itself does not.
      if (isLate()) expire();
      if (state === "open") return undefined;
      if (state === "shut" && !hasKnocked) {
        hasKnocked = true;
        onEvent({ type: "knocked-while-shut" });
      }
      return why;
    },
    open() {
      state = "open";
      if (isLate()) expire();
    },
    cut: (reason) => shut("cut", `cut: ${reason}`),
    setDeadline(at) {
      stopTimer();
      stopTimer = (): void => {};
      deadline = at;
      if (at === undefined) return;
      const left = at - clock.monotonicMs();
      if (left <= 0) expire();
      else stopTimer = clock.after(left, expire);
    },
    close() {
      stopTimer();
      shut("cut", "the relay is closed");
    },
  };
}
