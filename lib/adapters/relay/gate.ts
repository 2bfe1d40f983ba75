import type { MonotonicMs } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Relay, RelayEvent } from "../../ports/relay.ts";

/** Whether the bot's connections may pass: shut at first, open on word, cut on word, shut by itself at the deadline. */
export interface Gate {
  readonly state: () => Relay["gate"];
  /** In words why nothing may pass; undefined while open. A first try on a gate never opened is reported. */
  readonly whyShut: () => string | undefined;
  /** Settles when the gate is no longer waiting for its first word since the start or since `shut`. */
  readonly decided: () => Promise<void>;
  readonly open: () => void;
  readonly shut: () => void;
  readonly cut: (reason: string) => void;
  readonly setDeadline: (at: MonotonicMs | undefined) => void;
  readonly close: () => void;
}

const notOpenYet = "the relay is not open yet";
/** Connections that wait for the first word; a bot's own start opens far fewer. */
const mostWaiting = 256;

/** Makes the gate of one relay; `severAll` ends what passed before. */
export function openGate(clock: Clock, onEvent: (event: RelayEvent) => void, severAll: () => void): Gate {
  let state: Relay["gate"] = "shut";
  let why = notOpenYet;
  let deadline: MonotonicMs | undefined;
  let stopTimer = (): void => {};
  let hasKnocked = false;
  const room = openWaitingRoom();

  const end = (next: "shut" | "cut", reason: string): void => {
    why = reason;
    state = next;
    room.empty();
    severAll();
  };
  const isLate = (): boolean => deadline !== undefined && clock.monotonicMs() >= deadline;
  const expire = (): void => {
    if (state !== "open") return;
    end("shut", "the deadline of the lease has passed");
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
    decided: room.decided,
    open() {
      state = "open";
      room.empty();
      if (isLate()) expire();
    },
    shut() {
      end("shut", notOpenYet);
      hasKnocked = false;
      room.fill();
    },
    cut: (reason) => end("cut", `cut: ${reason}`),
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
      end("cut", "the relay is closed");
    },
  };
}

/** Where connections wait for the gate's first word; one more than fits goes on at once and is refused. */
function openWaitingRoom() {
  let isOpen = true;
  const waiting: (() => void)[] = [];
  return {
    decided: (): Promise<void> =>
      isOpen && waiting.length < mostWaiting
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(),
    empty(): void {
      isOpen = false;
      for (const leave of waiting.splice(0)) leave();
    },
    fill(): void {
      isOpen = true;
    },
  };
}
