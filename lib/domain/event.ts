import type { AccountId, ProxyId, RunId } from "./ids.ts";
import type { Instant } from "./time.ts";

/** A row of the append-only history; `evidence` and `decision` never hold a secret. */
export interface HistoryEvent {
  readonly at: Instant;
  /** Dotted and in the past tense: "proxy.added", "switch.done". */
  readonly kind: string;
  readonly severity: "info" | "warning" | "error";
  /** `system`, `user:<name>` or `bot:<account>`. */
  readonly actor: string;
  readonly host: string;
  readonly accountId?: AccountId | undefined;
  readonly proxyId?: ProxyId | undefined;
  readonly runId?: RunId | undefined;
  /** The collector that it is about, where no run tells it. */
  readonly collectorName?: string | undefined;
  readonly message: string;
  readonly evidence?: Readonly<Record<string, unknown>> | undefined;
}

/** What a run writes when it leaves an exit, with the reason; the next exit that it takes was taken because of it. */
export const exitLeft = "exit.left";

/** An event with the number that it was stored with. */
export type StoredEvent = HistoryEvent & {
  readonly id: number;
  /** The account's or the collector's, as it was then. */
  readonly unitName?: string | undefined;
};
