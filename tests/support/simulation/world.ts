import type { VenueName } from "../../../lib/domain/account.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import type { AnswerClass } from "../../../lib/domain/verdict/answer-class.ts";
import { keyOf } from "./layout.ts";

/** One thing that goes wrong, from one second to another. */
export type Fault = { readonly from: number; readonly to: number } & FaultKind;

export type FaultKind =
  /** The venue refuses everybody. */
  | { readonly kind: "venue"; readonly venue: VenueName; readonly says: AnswerClass }
  | { readonly kind: "uplink"; readonly host: string }
  | { readonly kind: "vendor"; readonly provider: string }
  | { readonly kind: "dead"; readonly proxy: string }
  | { readonly kind: "refused-credential"; readonly proxy: string }
  /** Another exit than before. */
  | { readonly kind: "drift"; readonly proxy: string; readonly exitIp: ExitIp }
  | { readonly kind: "flaky"; readonly share: number; readonly proxy: string | undefined }
  /** The venue refuses one exit; `isNamed`: it says until when. */
  | {
      readonly kind: "exit";
      readonly exitKey: string;
      readonly venue: VenueName;
      readonly says: AnswerClass;
      readonly isNamed: boolean;
    }
  | { readonly kind: "rate-limit"; readonly account: string };

export interface Way {
  readonly account: string;
  readonly host: string;
  readonly proxy: string;
  readonly provider: string | undefined;
  readonly exitIp: ExitIp;
}

/** What came of one connection. */
export type Outcome =
  | { readonly kind: "answered"; readonly class: AnswerClass; readonly untilS: number | undefined }
  | { readonly kind: "failed"; readonly isRefusal: boolean };

/** A repeatable source of chance in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The world as it is, which no policy can look at but by asking. */
export class World {
  readonly random: () => number;
  readonly #faults: readonly Fault[];
  readonly #edges: readonly number[];
  #active: readonly Fault[] = [];
  #until = Number.NEGATIVE_INFINITY;

  constructor(faults: readonly Fault[], seed: number) {
    this.#faults = faults;
    this.#edges = [...new Set(faults.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
    this.random = randomFrom(seed);
  }

  /** When something begins or ends next; by halves, since a year has tens of thousands of them. */
  nextEdge(nowS: number): number {
    let [low, high] = [0, this.#edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#edges[middle] ?? 0) > nowS) high = middle;
      else low = middle + 1;
    }
    return this.#edges[low] ?? Number.POSITIVE_INFINITY;
  }

  active(nowS: number): readonly Fault[] {
    if (nowS < this.#until) return this.#active;
    this.#active = this.#faults.filter(({ from, to }) => from <= nowS && nowS < to);
    this.#until = this.nextEdge(nowS);
    return this.#active;
  }

  /** The exit that the world sees behind a proxy. */
  exitOf(way: Way, nowS: number): ExitIp {
    const drift = this.active(nowS).find((fault) => fault.kind === "drift" && fault.proxy === way.proxy);
    return drift?.kind === "drift" ? drift.exitIp : way.exitIp;
  }

  /** A connection through a proxy to whatever is not a venue. */
  connect(way: Way, nowS: number): Outcome {
    for (const fault of this.active(nowS)) {
      if (fault.kind === "uplink" && fault.host === way.host) return { kind: "failed", isRefusal: false };
      if (fault.kind === "vendor" && fault.provider === way.provider)
        return { kind: "failed", isRefusal: false };
      if (fault.kind === "dead" && fault.proxy === way.proxy) return { kind: "failed", isRefusal: false };
      if (fault.kind === "refused-credential" && fault.proxy === way.proxy)
        return { kind: "failed", isRefusal: true };
      const isFlaky = fault.kind === "flaky" && (fault.proxy === undefined || fault.proxy === way.proxy);
      if (isFlaky && this.random() < fault.share) return { kind: "failed", isRefusal: false };
    }
    return { kind: "answered", class: "ok", untilS: undefined };
  }

  /** A request to a venue; `isBots`: it counts against the account. */
  ask(way: Way, venue: VenueName, nowS: number, isBots: boolean): Outcome {
    const connected = this.connect(way, nowS);
    if (connected.kind === "failed") return connected;
    const exitKey = keyOf(this.exitOf(way, nowS));
    for (const fault of this.active(nowS)) {
      if (fault.kind === "venue" && fault.venue === venue)
        return { kind: "answered", class: fault.says, untilS: undefined };
      if (fault.kind === "exit" && fault.venue === venue && fault.exitKey === exitKey)
        return { kind: "answered", class: fault.says, untilS: fault.isNamed ? fault.to : undefined };
      if (fault.kind === "rate-limit" && isBots && fault.account === way.account)
        return { kind: "answered", class: "rate_limited", untilS: undefined };
    }
    return connected;
  }

  /** Whether anything that goes wrong now can touch this way. */
  touches(way: Way, venue: VenueName, nowS: number): boolean {
    const exitKey = keyOf(way.exitIp);
    return this.active(nowS).some((fault) => {
      switch (fault.kind) {
        case "venue":
          return fault.venue === venue;
        case "uplink":
          return fault.host === way.host;
        case "vendor":
          return fault.provider === way.provider;
        case "flaky":
          return fault.proxy === undefined || fault.proxy === way.proxy;
        case "exit":
          return fault.venue === venue && fault.exitKey === exitKey;
        case "rate-limit":
          return fault.account === way.account;
        default:
          return fault.proxy === way.proxy;
      }
    });
  }
}
