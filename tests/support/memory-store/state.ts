import type { Account, VenueName } from "../../../lib/domain/account.ts";
import type { Alert, AlertId, AlertMessage } from "../../../lib/domain/alerts/alert.ts";
import type { Assignment } from "../../../lib/domain/assignment.ts";
import type { DatabaseMove } from "../../../lib/domain/database/database-move.ts";
import type { IdleUnits } from "../../../lib/domain/desk/idle-units.ts";
import type { HistoryEvent } from "../../../lib/domain/event.ts";
import type { AccountId, LauncherId, ProxyId, RunId } from "../../../lib/domain/ids.ts";
import type { IpAddress } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../../lib/domain/proxy/proxy-health.ts";
import type { Acceptance } from "../../../lib/domain/reputation/acceptance.ts";
import type { Incident } from "../../../lib/domain/reputation/incident.ts";
import type { Registration } from "../../../lib/domain/reputation/registration.ts";
import type { Reputation } from "../../../lib/domain/reputation/reputation.ts";
import type { Permit } from "../../../lib/domain/reputation/switch.ts";
import type { Lease } from "../../../lib/domain/run/lease.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import type { MonthTraffic } from "../../../lib/domain/run/traffic.ts";
import type { UnitKey } from "../../../lib/domain/run/unit-key.ts";
import type { UnitRequest, UnitWish } from "../../../lib/domain/run/unit-wish.ts";
import type { Instant } from "../../../lib/domain/time.ts";
import type { EvidenceRow } from "../../../lib/domain/verdict/evidence-row.ts";
import type { ChannelState } from "../../../lib/ports/alerts/alert-store.ts";
import type { Launcher } from "../../../lib/ports/store/launcher-store.ts";
import type { PermitId } from "../../../lib/ports/store/reputation/switch-store.ts";
import type { ExitUse } from "../../../lib/ports/store/run-store.ts";
import { without } from "./rows.ts";

/** All rows of a memory store; plain data, so that a transaction can copy it and put it back. */
export interface State {
  accounts: Account[];
  proxies: Proxy[];
  /** The nearest end of which people were warned. */
  warnedDays: Map<ProxyId, number>;
  lastExits: Map<ProxyId, { readonly ip: IpAddress; readonly at: Instant }>;
  assignments: Assignment[];
  launchers: Map<LauncherId, LauncherRow>;
  leases: LeaseRow[];
  exits: ExitRow[];
  lastToken: number;
  /** Counts fail-overs; nothing is taken in an era that nobody has watched for a TTL. */
  era: number;
  isSettled: boolean;
  wishes: Map<UnitKey, UnitWish>;
  requests: UnitRequest[];
  move: DatabaseMove | undefined;
  runs: Run[];
  exitUses: (ExitUse & { readonly until: Instant | undefined })[];
  health: ProxyHealth[];
  registrations: Registration[];
  evidence: StoredEvidence[];
  reputations: Reputation[];
  acceptances: Acceptance[];
  incidents: Incident[];
  traffic: (MonthTraffic & { readonly accountId: AccountId })[];
  permits: (Permit & { readonly id: PermitId; readonly outcome: "done" | "failed" | undefined })[];
  /** Of probes that nobody has answered yet, by proxy and host. */
  claims: Map<string, Instant>;
  events: StoredEntry[];
  alertChannels: Map<string, ChannelRow>;
  /** Events that alerts have not read yet. */
  inbox: (StoredEntry & { readonly id: number })[];
  alerts: Map<AlertId, Alert>;
  messages: MessageRow[];
}

export interface StoredEntry {
  readonly event: HistoryEvent;
  readonly unitName: string | undefined;
}

export type ChannelRow = Omit<ChannelState, "waiting"> & { readonly pingedAtMs: number | undefined };

export interface MessageRow extends AlertMessage {
  readonly state: "waiting" | "sending" | "sent" | "dropped";
  readonly attempts: number;
  readonly nextAtMs: number;
  readonly claimedBy: string | undefined;
  readonly claimedUntilMs: number;
  readonly receipt: string | undefined;
}

export interface StoredEvidence {
  readonly row: EvidenceRow;
  readonly storedAt: Instant;
}

export interface LauncherRow {
  readonly launcher: Launcher;
  readonly renewals: number;
  readonly renewedAtMs: number;
  readonly isEnded: boolean;
  readonly told?: IdleUnits;
}

export interface LeaseRow extends Lease {
  readonly acquiredAt: Instant;
  readonly isRevoked: boolean;
}

export interface ExitRow {
  readonly exitKey: string;
  readonly venue: VenueName;
  readonly accountId: AccountId;
  readonly groupName: string | undefined;
  readonly proxyId: ProxyId;
  readonly runId: RunId;
  readonly token: number;
}

/** The state behind every table of one store; `now` is read for display only, as the database's own clock is. */
export interface Memory {
  state: State;
  readonly now: () => number;
}

export function emptyState(): State {
  return {
    accounts: [],
    proxies: [],
    warnedDays: new Map(),
    lastExits: new Map(),
    assignments: [],
    launchers: new Map(),
    leases: [],
    exits: [],
    lastToken: 0,
    era: 1,
    isSettled: true,
    wishes: new Map(),
    requests: [],
    move: undefined,
    runs: [],
    exitUses: [],
    health: [],
    registrations: [],
    evidence: [],
    reputations: [],
    acceptances: [],
    incidents: [],
    traffic: [],
    permits: [],
    claims: new Map(),
    events: [],
    alertChannels: new Map(),
    inbox: [],
    alerts: new Map(),
    messages: [],
  };
}

/** The same rows in tables of their own; rows are replaced, and never changed. */
export function copyOf(state: State): State {
  const copied = Object.entries(state).map(([name, table]) => {
    if (Array.isArray(table)) return [name, [...table]];
    return [name, table instanceof Map ? new Map(table) : table];
  });
  return Object.fromEntries(copied) as State;
}

/** Frees these leases; exits fall with the lease of their run. Gives how many. */
export function free({ state }: Memory, leases: readonly LeaseRow[]): number {
  if (leases.length === 0) return 0;
  const freed = new Set(leases.map(({ runId }) => runId));
  state.leases = without(state.leases, ({ runId }) => freed.has(runId));
  state.exits = without(state.exits, ({ runId }) => freed.has(runId));
  return freed.size;
}
