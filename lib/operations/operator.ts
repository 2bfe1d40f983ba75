import type { HistoryEvent } from "../domain/event.ts";
import type { Clock, Random } from "../ports/clock.ts";
import type { Store } from "../ports/store/store.ts";
import type { Vault } from "../ports/vault.ts";

/** Who acts and on what: everything an operation may touch. */
export interface Operator {
  readonly store: Store;
  /** Reads the master keys when first called, so that an operation without credentials needs none. */
  readonly openVault: () => Promise<Vault>;
  readonly clock: Clock;
  readonly random: Random;
  /** `user:<name>`, as the history shows it. */
  readonly actor: string;
  readonly host: string;
  /** The host with its network, as `ProxyHealth` names it. */
  readonly hostKey: string;
}

/** What an operation tells the history; the rest of the event is the operator's. */
export type Deed = Pick<
  HistoryEvent,
  "kind" | "message" | "accountId" | "collectorName" | "proxyId" | "evidence"
>;

/** Writes down what the operator did; `store` is the transaction's, so that deed and record stand or fall together. */
export async function record(operator: Actor, store: Store, deed: Deed): Promise<void> {
  await store.history.append(eventOf(operator, deed));
}

/** The same for many deeds at once. */
export async function recordMany(operator: Actor, store: Store, deeds: readonly Deed[]): Promise<void> {
  await store.history.appendMany(deeds.map((deed) => eventOf(operator, deed)));
}

/** Who acts, where and when. */
type Actor = Pick<Operator, "clock" | "actor" | "host">;

function eventOf({ clock, actor, host }: Actor, deed: Deed): HistoryEvent {
  return { at: clock.now(), severity: "info", actor, host, ...deed };
}
