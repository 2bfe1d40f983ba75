import type { Account } from "../../domain/account.ts";
import type { Assignment } from "../../domain/assignment.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { formatEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import type { ListedAccount } from "../accounts/list-accounts.ts";
import type { ListedProxy } from "../proxies/list-proxies.ts";
import { rfc3339 } from "./rfc3339.ts";

/** An account as every command and the library show it. */
export function accountView(account: Account) {
  return {
    id: account.id,
    name: account.name,
    venues: account.venues,
    allowed_countries: account.allowedCountries,
    group: account.groupName ?? null,
    wanted: account.wanted,
    held_by: account.hold?.by ?? null,
    held_why: account.hold?.why ?? null,
    registered_changes: account.registeredChanges ?? null,
    key_label: account.keyLabel ?? null,
  };
}

/** A proxy as every command and the library show it; of its credential only the key that sealed it. */
export function proxyView(proxy: Proxy) {
  return {
    id: proxy.id,
    label: proxy.label,
    endpoint: formatEndpoint(proxy.endpoint),
    auth_type: proxy.authType,
    key_id: proxy.sealed?.keyId ?? null,
    ca: proxy.ca ?? null,
    active: proxy.isActive,
    state: proxy.state,
    state_since: rfc3339(proxy.stateSince),
    expected_ip: proxy.expectedIp ?? null,
    expected_ip_source: proxy.expectedIpSource ?? null,
    country: proxy.country ?? null,
    provider: proxy.provider ?? null,
    expires_at: rfc3339(proxy.expiresAt),
    metadata: proxy.metadata,
  };
}

/** An assignment as every command and the library show it, with the proxy's label. */
export function assignmentView(assignment: Assignment, label: string) {
  return {
    proxy: label,
    priority: assignment.priority,
    status: assignment.status,
    failures: assignment.failures,
    cooldown_until: rfc3339(assignment.cooldownUntil),
    last_checked_at: rfc3339(assignment.lastCheckedAt),
  };
}

/** The answer of `launch account ls --json`: every account with what it may use. */
export function accountsView(accounts: readonly ListedAccount[]) {
  return {
    version: 1,
    accounts: accounts.map(({ account, proxies }) => ({
      ...accountView(account),
      assignments: proxies.map(({ proxy, assignment }) => assignmentView(assignment, proxy.label)),
    })),
  };
}

/** The answer of `launch proxy ls --json`: every proxy with who may use it and who does. */
export function proxiesView(proxies: readonly ListedProxy[]) {
  return {
    version: 1,
    proxies: proxies.map(({ proxy, shown, health, accounts, runs }) => ({
      ...proxyView(proxy),
      state: shown.state,
      state_since: rfc3339(shown.since),
      hosts: health.map(healthView),
      accounts,
      used_by: runs.map((run) => run.unit.name),
    })),
  };
}

function healthView(row: ProxyHealth) {
  return {
    host_key: row.hostKey,
    state: row.state,
    since: rfc3339(row.since),
    failures: row.failures,
    next_probe_at: rfc3339(row.nextProbeAt),
    last_ok_at: rfc3339(row.lastOkAt),
    latency_ms: row.latencyMs ?? null,
  };
}
