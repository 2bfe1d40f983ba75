import type { Socket } from "node:net";
import type { Upstream } from "../../domain/proxy/proxy.ts";
import type { WarmTraffic } from "../../domain/run/traffic.ts";
import type { Clock } from "../../ports/clock.ts";
import { type ConnectPlan, dialAhead, type Warm } from "./outbound/dial.ts";
import { destroy } from "./sockets.ts";

// A proxy that ends idle connections early, or cannot be reached, is asked less and less often.
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

// Whatever comes before we asked for anything is an end, or nothing that we could use.
const losses = ["readable", "end", "close", "error"] as const;

/** Keeps one connection to the proxy ready, so that the next tunnel need not wait for it; none until it is told to. */
export class KeptWarm implements Warm {
  readonly #clock: Clock;
  readonly #limits: Omit<ConnectPlan, "upstream" | "onSocket">;
  readonly #counts = { used: 0, stale: 0 };
  readonly #onLoss = (): void => {
    destroy(this.#release());
    this.#openLater();
  };
  #wanted: Upstream | undefined;
  #ready: Socket | undefined;
  #opening: Socket | undefined;
  #pauseMs = firstPauseMs;
  #cancelNext = (): void => {};

  constructor(clock: Clock, limits: Omit<ConnectPlan, "upstream" | "onSocket">) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Keeps one for this proxy and ends one for another; undefined: keeps none. */
  keep(upstream: Upstream | undefined): void {
    if (upstream === this.#wanted) return;
    this.#wanted = upstream;
    const former = [this.#release(), this.#opening];
    this.#opening = undefined;
    for (const socket of former) destroy(socket);
    this.#cancelNext();
    this.#pauseMs = firstPauseMs;
    this.#open();
  }

  take(upstream: Upstream): Socket | undefined {
    if (upstream !== this.#wanted || this.#ready?.destroyed !== false || this.#ready.readableEnded)
      return undefined;
    const taken = this.#release();
    this.#counts.used += 1;
    this.#pauseMs = firstPauseMs;
    this.#open();
    return taken;
  }

  noteStale(): void {
    this.#counts.stale += 1;
  }

  counters(): WarmTraffic {
    return { ...this.#counts, ready: this.#ready === undefined ? 0 : 1 };
  }

  #open(): void {
    const upstream = this.#wanted;
    if (upstream === undefined || this.#ready !== undefined || this.#opening !== undefined) return;
    let own: Socket | undefined;
    const onSocket = (socket: Socket): void => {
      own = socket;
      this.#opening = socket;
    };
    dialAhead({ ...this.#limits, upstream, onSocket }, this.#clock).then(
      (socket) => {
        if (this.#opening !== own) {
          destroy(socket);
          return;
        }
        this.#opening = undefined;
        this.#ready = socket;
        for (const event of losses) socket.once(event, this.#onLoss);
      },
      () => {
        if (this.#opening !== own) return;
        this.#opening = undefined;
        this.#openLater();
      },
    );
  }

  #openLater(): void {
    this.#cancelNext();
    this.#cancelNext = this.#clock.after(this.#pauseMs, () => this.#open());
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }

  #release(): Socket | undefined {
    const socket = this.#ready;
    for (const event of losses) socket?.off(event, this.#onLoss);
    this.#ready = undefined;
    return socket;
  }
}
