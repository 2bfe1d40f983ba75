import type { AccountId } from "../../domain/ids.ts";
import type { MonthTraffic, VenueTraffic } from "../../domain/run/traffic.ts";

/** What accounts sent and received, by venue and month. */
export interface TrafficStore {
  /** Adds to this month, by the database's clock. */
  add(accountId: AccountId, traffic: readonly VenueTraffic[]): Promise<void>;
  /** The newest month first, in it the most bytes first. */
  read(accountId: AccountId): Promise<readonly MonthTraffic[]>;
}
