import { randomUUID } from "node:crypto";
import { type Account, anyVenue } from "../../lib/domain/account.ts";
import type { Assignment } from "../../lib/domain/assignment.ts";
import {
  type AccountId,
  type AssignmentId,
  type LauncherId,
  type ProxyId,
  parseId,
  type RunId,
} from "../../lib/domain/ids.ts";
import type { Proxy } from "../../lib/domain/proxy/proxy.ts";
import type { ProcessIdentity } from "../../lib/domain/run/lease.ts";
import type { Run } from "../../lib/domain/run/run.ts";
import { unitKeyOf } from "../../lib/domain/run/unit-key.ts";
import { instant } from "../../lib/domain/time.ts";
import type { Candidate } from "../../lib/policy/machine/state.ts";
import type { LiveRun } from "../../lib/ports/store/run-store.ts";

/** A proxy of the pool without credential; tests change what matters to them. */
export function sampleProxy(change: Partial<Proxy> = {}): Proxy {
  return {
    id: parseId<ProxyId>(randomUUID()),
    label: "fra-1",
    endpoint: { scheme: "http", host: "gw.example", port: 8001 },
    authType: "none",
    sealed: undefined,
    ca: undefined,
    metadata: {},
    isActive: true,
    state: "ok",
    stateSince: instant(0),
    nextProbeAt: undefined,
    expectedIp: undefined,
    expectedIpSource: undefined,
    country: undefined,
    provider: undefined,
    expiresAt: undefined,
    revision: 1,
    ...change,
  };
}

/** An account for any venue. */
export function sampleAccount(change: Partial<Account> = {}): Account {
  return {
    id: parseId<AccountId>(randomUUID()),
    name: "alice",
    venues: [anyVenue],
    allowedCountries: [],
    groupName: undefined,
    wanted: "up",
    hold: undefined,
    registeredChanges: undefined,
    keyLabel: undefined,
    ...change,
  };
}

/** A proxy as it is tried for an account. */
export function sampleCandidate(change: Partial<Proxy> = {}): Candidate {
  const [account, proxy] = [sampleAccount(), sampleProxy(change)];
  const assignment: Assignment = {
    id: parseId<AssignmentId>(randomUUID()),
    accountId: account.id,
    proxyId: proxy.id,
    priority: 1,
    status: "standby",
    cooldownUntil: undefined,
    failures: 0,
    lastCheckedAt: undefined,
    lastLeasedAt: undefined,
  };
  const facts = {
    assignment,
    proxy,
    health: [],
    lastExitIp: undefined,
    usedBefore: false,
    exitHeldBy: undefined,
    reputations: [],
    acceptances: [],
  };
  return {
    assignmentId: assignment.id,
    proxyId: proxy.id,
    label: proxy.label,
    chosen: { account, facts },
  };
}

/** A process of some other machine. */
export function sampleProcess(change: Partial<ProcessIdentity> = {}): ProcessIdentity {
  return {
    host: "host-a",
    machineId: "machine-a",
    bootId: "boot-a",
    pidNamespace: "4026531836",
    pid: 4711,
    startTicks: 99,
    ...change,
  };
}

/** What a launcher says of a lease that is held and fresh. */
export function sampleLive(change: Partial<LiveRun> = {}): LiveRun {
  const run = change.run ?? sampleRun();
  return {
    run,
    launcher: sampleProcess(),
    operatorSocket: undefined,
    keyIds: [],
    lease: { unitKey: unitKeyOf(run.unit), instance: "", seen: { token: 1, renewals: 1 } },
    sinceRenewedMs: 2_000,
    ttlMs: 15_000,
    ...change,
  };
}

/** A running bot of a fresh account, started one minute after the epoch. */
export function sampleRun(change: Partial<Run> = {}): Run {
  return {
    id: parseId<RunId>(randomUUID()),
    unit: { kind: "bot", accountId: parseId<AccountId>(randomUUID()), name: "alice" },
    launcherId: parseId<LauncherId>(randomUUID()),
    launcher: sampleProcess(),
    launcherVersion: "0.1.0",
    startedAt: instant(60_000),
    phase: "running",
    reason: undefined,
    waitsUntil: undefined,
    tier: "preload",
    proxyId: undefined,
    proxyLabel: undefined,
    assignmentId: undefined,
    exitIp: undefined,
    secondExitIp: undefined,
    exitReach: undefined,
    exitProvenAt: undefined,
    country: undefined,
    pid: 4712,
    pidStartTicks: 100,
    processStartedAt: instant(61_000),
    restarts: 0,
    lastRestartReason: undefined,
    lastRestartCause: undefined,
    heartbeatAt: undefined,
    bypass: [],
    endedAt: undefined,
    endedBy: undefined,
    exitCode: undefined,
    ...change,
  };
}
