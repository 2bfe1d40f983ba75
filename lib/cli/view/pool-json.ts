import type { Account } from "../../domain/account.ts";
import type { Assignment } from "../../domain/assignment.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { formatEndpoint } from "../../domain/proxy/proxy-endpoint.ts";
import { rfc3339 } from "./ages.ts";

/** An account as documented in docs/cli.md. */
export function accountAsJson(account: Account) {
  return {
    id: account.id,
    name: account.name,
    venues: account.venues,
    allowed_countries: account.allowedCountries,
    group: account.groupName ?? null,
    wanted: account.wanted,
    held_by: account.hold?.by ?? null,
    held_why: account.hold?.why ?? null,
  };
}

/** A proxy as documented in docs/cli.md; of its credential only the key that sealed it. */
export function proxyAsJson(proxy: Proxy) {
  return {
    id: proxy.id,
    label: proxy.label,
    endpoint: formatEndpoint(proxy.endpoint),
    auth_type: proxy.authType,
    key_id: proxy.sealed?.keyId ?? null,
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

/** An assignment as documented in docs/cli.md, with the proxy's label. */
export function assignmentAsJson(assignment: Assignment, label: string) {
  return {
    proxy: label,
    priority: assignment.priority,
    status: assignment.status,
    strikes: assignment.strikes,
    cooldown_until: rfc3339(assignment.cooldownUntil),
    last_checked_at: rfc3339(assignment.lastCheckedAt),
  };
}
