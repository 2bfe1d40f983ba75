import type { Account, VenueName } from "../../../lib/domain/account.ts";
import type { Alert, AlertId, AlertMessage } from "../../../lib/domain/alerts/alert.ts";
import type { Assignment } from "../../../lib/domain/assignment.ts";
import type { DatabaseMove } from "../../../lib/domain/database/database-move.ts";
import type { IdleUnits } from "../../../lib/domain/desk/idle-units.ts";
import type { HistoryEvent } from "../../../lib/domain/event.ts";
import type { AccountId, LauncherId, ProxyId, RunId } from "../../../lib/domain/ids.ts";
import { exitKeyOf, type IpAddress } from "../../../lib/domain/ip.ts";
import type { Proxy } from "../../../lib/domain/proxy/proxy.ts";
import type { ProxyCheck } from "../../../lib/domain/proxy/proxy-check.ts";
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
  checks: ProxyCheck[];
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
    checks: [],
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

/** Frees the leases that match; exits fall with the lease of their run. Gives how many. */
export function freeWhere(memory: Memory, matches: (row: LeaseRow) => boolean): number {
  const { state } = memory;
  const freed = new Set(state.leases.filter(matches).map(({ runId }) => runId));
  state.leases = state.leases.filter(({ runId }) => !freed.has(runId));
  state.exits = state.exits.filter(({ runId }) => !freed.has(runId));
  return freed.size;
}

/** Replaces the items that match, in their places; the others stay the same objects. */
export function replaceWhere<T>(items: T[], matches: (item: T) => boolean, change: (item: T) => T): T[] {
  for (const [index, item] of items.entries()) if (matches(item)) items[index] = change(item);
  return items;
}

const exitKeys = new Map<IpAddress, string>();

/** The same as `exitKeyOf`, for rows that are looked at again and again. */
export function keyOfExit(ip: IpAddress): string {
  const known = exitKeys.get(ip);
  if (known !== undefined) return known;
  const key = exitKeyOf(ip);
  exitKeys.set(ip, key);
  return key;
}

const places = new WeakMap<
  readonly unknown[],
  Map<string, { upTo: number; readonly of: Map<string, number[]> }>
>();

/**
 * The items with that key, without a look at all others: ten thousand accounts are asked for again and again. Items may be replaced
 * and added where they are, and what takes some away makes another table.
 */
export function itemsAt<T>(items: readonly T[], name: string, keyOf: (item: T) => string, key: string): T[] {
  return placesOf(items, name, keyOf, key).map((place) => items[place] as T);
}

/** Replaces those with that key, which stays what it was. */
export function replaceAt<T>(
  items: T[],
  [name, keyOf, key]: readonly [name: string, keyOf: (item: T) => string, key: string],
  change: (item: T) => T,
): void {
  for (const place of placesOf(items, name, keyOf, key)) items[place] = change(items[place] as T);
}

function placesOf<T>(
  items: readonly T[],
  name: string,
  keyOf: (item: T) => string,
  key: string,
): readonly number[] {
  const known = places.get(items) ?? new Map<string, { upTo: number; readonly of: Map<string, number[]> }>();
  places.set(items, known);
  const index = known.get(name) ?? { upTo: 0, of: new Map<string, number[]>() };
  known.set(name, index);
  for (; index.upTo < items.length; index.upTo += 1) {
    const text = keyOf(items[index.upTo] as T);
    const there = index.of.get(text);
    if (there === undefined) index.of.set(text, [index.upTo]);
    else there.push(index.upTo);
  }
  return index.of.get(key) ?? [];
}

/** Orders by a text the way the database's "C" collation does. */
export function byText<T>(textOf: (item: T) => string): (left: T, right: T) => number {
  return (left, right) => (textOf(left) < textOf(right) ? -1 : textOf(left) > textOf(right) ? 1 : 0);
}
