import type { VenueName } from "../../domain/account.ts";
import type { HistoryEvent } from "../../domain/event.ts";
import type { ExitIps } from "../../domain/exit-check.ts";
import type { AccountId, LauncherId, ProxyId, RunId } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { LeaseSlot, ProcessIdentity, SeenLease } from "../../domain/run/lease.ts";
import type { Run, RunChange } from "../../domain/run/run.ts";
import type { Instant } from "../../domain/time.ts";

export interface RunStore {
  /** Writes the row alone; a run that starts begins it with its lease (`leases.acquire`). */
  begin(run: Run): Promise<void>;
  update(id: RunId, change: RunChange): Promise<void>;
  /** Ends the row and the use of its exit, unless it has ended: the first end stands. All that `end` says is done, or nothing. */
  end(id: RunId, end: RunEnd): Promise<void>;
  /** Runs that have not ended, with what is known of their lease. */
  live(): Promise<readonly LiveRun[]>;
  /** The newest run of each account or collector that has no live one. */
  lastEnded(): Promise<readonly Run[]>;
  /** An account leaves through an exit from now on, in each address family that was proven. */
  openExitUse(use: ExitUse): Promise<void>;
  /** Closes the run's open use. */
  closeExitUse(runId: RunId, at: Instant): Promise<void>;
  /** Which exits were left through, and by whom, newest first. */
  exitUses(filter: ExitUseFilter): Promise<readonly UsedExit[]>;
}

export interface RunEnd {
  readonly at: Instant;
  readonly by: "bot" | "launcher";
  /** Undefined when nobody saw the end. */
  readonly exitCode: number | undefined;
  readonly reason: string | undefined;
  /** The launcher that gives back the run's lease with it, and so every exit. */
  readonly givenBackBy?: LauncherId | undefined;
  /** What the history is told of it. */
  readonly told?: HistoryEvent | undefined;
}

export interface ExitUseFilter {
  readonly accountId?: AccountId | undefined;
  /** Uses of this proxy, and of this exit through any other. */
  readonly proxyId?: ProxyId | undefined;
  readonly exitKey?: string | undefined;
  /** Only what was used at this moment. */
  readonly at?: Instant | undefined;
  /** Only what was used after this moment. */
  readonly since?: Instant | undefined;
  readonly limit: number;
}

/** One exit as an account had it for a time. */
export interface UsedExit {
  readonly accountId: AccountId;
  /** As it was when the run began. */
  readonly accountName: string;
  readonly proxyId: ProxyId;
  /** Undefined when the proxy was removed. */
  readonly proxyLabel: string | undefined;
  readonly exitIp: IpAddress;
  readonly venues: readonly VenueName[];
  readonly runId: RunId;
  readonly from: Instant;
  /** Undefined while it is used. */
  readonly until: Instant | undefined;
}

export interface LiveRun {
  readonly run: Run;
  /** The process that runs it; undefined when that launcher's row has gone, and with it all that it held. */
  readonly launcher: ProcessIdentity | undefined;
  /** Where commands of its host can ask it. */
  readonly operatorSocket: string | undefined;
  /** The keys that the launcher holds. */
  readonly keyIds: readonly string[];
  /** What the run holds; a run without a lease is over, whatever its row says. */
  readonly lease: (LeaseSlot & { readonly seen: SeenLease }) | undefined;
  /** By the database's own clock, for display only. */
  readonly sinceRenewedMs: number | undefined;
  readonly ttlMs: number | undefined;
}

export interface ExitUse {
  readonly accountId: AccountId;
  readonly proxyId: ProxyId;
  readonly exitIps: ExitIps;
  readonly venues: readonly VenueName[];
  readonly runId: RunId;
  readonly from: Instant;
}
