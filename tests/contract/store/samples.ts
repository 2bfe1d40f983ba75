import { randomUUID } from "node:crypto";
import type { Account, VenueName } from "../../../lib/domain/account.ts";
import type { AssignmentId, KeyId, LauncherId, ProxyId, RunId } from "../../../lib/domain/ids.ts";
import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import type { FolderChoices } from "../../../lib/domain/run/folder-choices.ts";
import type { ExitLease, Lease, LeaseOwner, LeaseSlot, SeenLease } from "../../../lib/domain/run/lease.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import { botKey, collectorKey } from "../../../lib/domain/run/unit-key.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { ExitLeaseRequest, LeaseAttempt } from "../../../lib/ports/store/lease-store.ts";
import type { NewProxy } from "../../../lib/ports/store/proxy-store.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import {
  sampleAccount as anyAccount,
  sampleRun as anyRun,
  sampleProcess,
} from "../../support/sample-facts.ts";

export const at = (ms: number) => instant(1_790_000_000_000 + ms);

export function exitIp(text: string): ExitIp {
  return parseIp(text) as ExitIp;
}

export function sampleAccount(name: string, change: Partial<Account> = {}): Account {
  return anyAccount({ name, ...change });
}

export function sampleProxy(label: string, change: Partial<NewProxy> = {}): NewProxy {
  return {
    id: randomUUID() as ProxyId,
    label,
    endpoint: { scheme: "http", host: "gw.example", port: 8001 },
    authType: "basic",
    sealed: { token: `token-of-${label}`, keyId: "0badcafe" as KeyId, fingerprint: `fp-${label}` },
    ca: undefined,
    metadata: { plan: "static", weights: [1, 2] },
    isActive: true,
    expectedIp: undefined,
    expectedIpSource: undefined,
    country: undefined,
    provider: undefined,
    expiresAt: undefined,
    ...change,
  };
}

export function sampleOwner(launcherId = randomUUID() as LauncherId): LeaseOwner {
  return { runId: randomUUID() as RunId, launcherId, launcher: sampleProcess({ startTicks: 9_000_000_001 }) };
}

/** A run of the account that has just begun: no process, proxy or exit yet. */
export function sampleRun(account: Account, owner = sampleOwner(), change: Partial<Run> = {}): Run {
  return anyRun({
    id: owner.runId,
    unit: { kind: "bot", accountId: account.id, name: account.name },
    launcherId: owner.launcherId,
    launcher: owner.launcher,
    startedAt: at(0),
    phase: "starting",
    tier: undefined,
    pid: undefined,
    pidStartTicks: undefined,
    processStartedAt: undefined,
    ...change,
  });
}

/** Stores an account with one proxy assigned to it. */
export async function storeAccount(store: Store, name: string, change: Partial<Account> = {}) {
  const account = sampleAccount(name, change);
  const proxy = sampleProxy(`${name}-1`);
  await store.accounts.create(account);
  await store.proxies.create(proxy);
  const id = randomUUID() as AssignmentId;
  const assignment = await store.accounts.assign({
    id,
    accountId: account.id,
    proxyId: proxy.id,
    priority: 1,
  });
  return { account, proxy, assignment };
}

/** Stores an account and takes its lease for a new run. */
export async function leaseAccount(store: Store, name: string, change: Partial<Account> = {}) {
  const { account, proxy } = await storeAccount(store, name, change);
  const owner = sampleOwner();
  const lease = await mustHold(store, { slot: botSlot(account), owner });
  const exitRequest = (
    ip: string | readonly [string, string],
    more: Partial<ExitLeaseRequest> = {},
  ): ExitLeaseRequest => ({
    exitIps: typeof ip === "string" ? [exitIp(ip)] : [exitIp(ip[0]), exitIp(ip[1])],
    venues: account.venues,
    accountId: account.id,
    groupName: account.groupName,
    proxyId: proxy.id,
    runId: owner.runId,
    seen: new Map(),
    settledEra: undefined,
    ...more,
  });
  return { account, proxy, owner, lease, exitRequest };
}

interface Asking {
  readonly slot: LeaseSlot;
  readonly owner: LeaseOwner;
  readonly seen?: SeenLease | undefined;
}

export const botSlot = ({ id }: Pick<Account, "id">): LeaseSlot => ({ unitKey: botKey(id), instance: "" });
export const collectorSlot = (name: string, instance = ""): LeaseSlot => ({
  unitKey: collectorKey(name),
  instance,
});

/** Makes the owner's launcher known; doing it again does no harm. */
export async function register(
  store: Store,
  { launcherId: id, launcher: process }: LeaseOwner,
  keyIds: readonly string[] = ["0badcafe"],
  change: Partial<FolderChoices> & { readonly operatorSocket?: string; readonly ttlMs?: number } = {},
): Promise<void> {
  const known = { version: "0.1.0", protocol: 1, operatorSocket: undefined, keyIds };
  const place = { folder: "/srv", choices: {} };
  await store.launchers.register({ id, process, ...known, ...place, ttlMs: 15_000, ...change });
}

/** Asks for a lease as a registered launcher. */
export async function ask(store: Store, { slot, owner, seen }: Asking): Promise<LeaseAttempt> {
  await register(store, owner);
  const { runId, launcherId } = owner;
  return await store.leases.acquire({ ...slot, runId, launcherId, seen, settledEra: undefined });
}

/** What a taker sees of the lease that another run has. */
export async function look(store: Store, slot: LeaseSlot): Promise<SeenLease> {
  const attempt = await ask(store, { slot, owner: sampleOwner() });
  if (attempt.kind !== "busy") throw new Error(`${slot.unitKey} was free`);
  return attempt.holder.seen;
}

export async function mustHold(store: Store, asking: Asking): Promise<Lease> {
  const attempt = await ask(store, asking);
  if (attempt.kind !== "held") throw new Error(`${asking.slot.unitKey} is not to be had: ${attempt.kind}`);
  return attempt.lease;
}

export async function mustTakeExit(store: Store, request: ExitLeaseRequest): Promise<ExitLease> {
  const attempt = await store.leases.takeExit(request);
  if (attempt.kind !== "taken")
    throw new Error(`${request.exitIps.join(" and ")} is not to be had: ${attempt.kind}`);
  return attempt.lease;
}

export const venue = (name: string) => name as VenueName;
