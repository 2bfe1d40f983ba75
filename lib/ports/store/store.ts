import type { Change } from "../../domain/verdict/change.ts";
import type { AccountStore } from "./account-store.ts";
import type { HistoryStore } from "./history-store.ts";
import type { LauncherStore } from "./launcher-store.ts";
import type { LeaseStore } from "./lease-store.ts";
import type { MoveStore } from "./move-store.ts";
import type { ProxyStore } from "./proxy-store.ts";
import type { EvidenceStore } from "./reputation/evidence-store.ts";
import type { ProbeStore } from "./reputation/probe-store.ts";
import type { ReputationStore } from "./reputation/reputation-store.ts";
import type { SwitchStore } from "./reputation/switch-store.ts";
import type { RequestStore } from "./request-store.ts";
import type { RunStore } from "./run-store.ts";
import type { TrafficStore } from "./traffic-store.ts";
import type { UnitStore } from "./unit-store.ts";

/** The database. Every method rejects with StoreError LAUNCH_STORE_UNREACHABLE when it does not answer. */
export interface Store {
  readonly accounts: AccountStore;
  readonly proxies: ProxyStore;
  readonly launchers: LauncherStore;
  readonly leases: LeaseStore;
  readonly runs: RunStore;
  readonly units: UnitStore;
  readonly requests: RequestStore;
  readonly traffic: TrafficStore;
  readonly moves: MoveStore;
  readonly history: HistoryStore;
  readonly evidence: EvidenceStore;
  readonly reputations: ReputationStore;
  readonly switches: SwitchStore;
  readonly probes: ProbeStore;
  /**
   * Writes a judgement's changes with their events in one transaction, each only where the row is still as the change expects it.
   * Gives back those that were dropped.
   */
  apply(changes: readonly Change[]): Promise<readonly Change[]>;
  /** All or nothing; the work gets a store bound to the transaction. A rejection rolls back. */
  transaction<T>(work: (store: Store) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
