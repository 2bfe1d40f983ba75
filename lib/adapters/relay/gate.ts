import type { MonotonicMs } from "../../domain/time.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Relay, RelayEvent } from "../../ports/relay.ts";

/** What passes the gate. */
export interface Traffic {
  readonly severAll: () => void;
  readonly holdAll: () => void;
  readonly releaseAll: () => void;
}

const notOpenYet = "the relay is not open yet";
/** Connections that wait for the next word; a bot's own start opens far fewer, a pause lasts about two seconds. */
const mostWaiting = 1_024;

/**
 * What a process has sent before its end is read in the turns of the event loop after that end is known, and before anything
 * of the next process. It is refused: it must not wait for that one's exit, nor be taken for a connection of that one before
 * its hello.
 */
const formerArrivesWithinTurns = 8;

/** Whether the bot's connections may pass: shut at first, open, paused or cut when told, shut by itself at the deadline. */
export function openGate(clock: Clock, onEvent: (event: RelayEvent) => void, traffic: () => Traffic) {
  let state: Relay["gate"] = "shut";
  let why = notOpenYet;
  const early = firstConnection(() => onEvent({ type: "connection-before-ready" }));
  const room = openWaitingRoom();
  const afterFormer = lastAfterTurns();

  const end = (next: "shut" | "cut", reason: string): void => {
    why = reason;
    state = next;
    room.empty();
    traffic().severAll();
  };
  const expire = (): void => {
    if (state !== "open" && state !== "paused") return;
    end("shut", "the deadline of the lease has passed");
    onEvent({ type: "deadline" });
  };
  const deadline = openDeadline(clock, expire);

  return {
    state: () => state,
    /** In words why nothing may pass; undefined while open. A first try on a gate never opened is reported. */
    whyShut: (): string | undefined => {
      // A timer may come late on a busy host; the deadline itself does not.
      if (deadline.isLate()) expire();
      if (state === "open" || state === "paused") return undefined;
      if (state === "shut") early.hear();
      return why;
    },
    /** Between `pause` and what follows: nothing moves, and nothing is refused for it. */
    isPaused: () => state === "paused",
    /** Settles when the gate is no longer waiting for its first word since the start, `shut` or `pause`. */
    decided: room.decided,
    open: (): void => {
      state = "open";
      if (deadline.isLate()) {
        expire();
        return;
      }
      room.empty();
      traffic().releaseAll();
    },
    pause: (): void => {
      if (state !== "open") return;
      state = "paused";
      room.fill();
      traffic().holdAll();
    },
    shut: (): void => {
      end("shut", notOpenYet);
      early.ignore();
      afterFormer(() => {
        if (state !== "shut") return;
        early.expect();
        room.fill();
      });
    },
    cut: (reason: string) => end("cut", `cut: ${reason}`),
    setDeadline: deadline.set,
    close(): void {
      deadline.stop();
      end("cut", "the relay is closed");
    },
  };
}

/** A moment at which `expire` is called, unless another is set in time. */
function openDeadline(clock: Clock, expire: () => void) {
  let deadline: MonotonicMs | undefined;
  let stop = (): void => {};
  return {
    isLate: (): boolean => deadline !== undefined && clock.monotonicMs() >= deadline,
    stop: (): void => stop(),
    set: (at: MonotonicMs | undefined): void => {
      stop();
      stop = (): void => {};
      deadline = at;
      if (at === undefined) return;
      const left = at - clock.monotonicMs();
      if (left <= 0) expire();
      else stop = clock.after(left, expire);
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

/** Tells the first one since it was expected, once. */
function firstConnection(tell: () => void) {
  let isExpected = true;
  return {
    hear(): void {
      if (isExpected) tell();
      isExpected = false;
    },
    ignore(): void {
      isExpected = false;
    },
    expect(): void {
      isExpected = true;
    },
  };
}

/** Does the work once what a former process sent has arrived, unless it is asked for again meanwhile. */
function lastAfterTurns(): (work: () => void) => void {
  let asked = 0;
  return (work) => {
    asked += 1;
    const mine = asked;
    afterTurns(formerArrivesWithinTurns, () => {
      if (mine === asked) work();
    });
  };
}

function afterTurns(turns: number, work: () => void): void {
  if (turns === 0) work();
  else setImmediate(afterTurns, turns - 1, work);
}
