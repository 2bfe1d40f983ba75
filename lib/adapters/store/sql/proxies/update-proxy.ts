import type { ProxyId } from "../../../../domain/ids.ts";
import { formatEndpoint } from "../../../../domain/proxy/proxy-endpoint.ts";
import type { ProxyChange } from "../../../../ports/store/proxy-store.ts";
import { type ChangeColumns, setListOf } from "../change.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const columns: ChangeColumns<ProxyChange> = {
  label: (label) => [["label", label]],
  endpoint: (endpoint) => [["endpoint_url", endpoint && formatEndpoint(endpoint)]],
  authType: (authType) => [["auth_type", authType]],
  sealed: (sealed) => [
    ["credentials_encrypted", sealed?.token],
    ["credentials_key_id", sealed?.keyId],
    ["credential_fp", sealed?.fingerprint],
  ],
  ca: (ca) => [["ca", ca]],
  metadata: (metadata) => [["metadata", JSON.stringify(metadata)]],
  isActive: (isActive) => [["is_active", isActive]],
  state: (state) => [["state", state]],
  stateSince: (at) => [["state_since", timestamp(at)]],
  nextProbeAt: (at) => [["next_probe_at", timestamp(at)]],
  expectedIp: (ip) => [["expected_ip", ip]],
  expectedIpSource: (source) => [["expected_ip_source", source]],
  country: (country) => [["country", country]],
  provider: (provider) => [["provider", provider]],
  expiresAt: (at) => [["expires_at", timestamp(at)]],
};

// A running bot compares revisions. Two sealed forms of one credential differ at every sealing, so tokens are compared too
// only where the fingerprint cannot tell (rows of the seed have none).
const identityColumns = ["endpoint_url", "auth_type", "credential_fp", "ca", "expected_ip"];

/** Changes what the change names; `revision` grows when that alters who the proxy is. */
export async function updateProxy(session: Session, id: ProxyId, change: ProxyChange): Promise<void> {
  const set = setListOf(change, columns);
  if (set === undefined) return;
  const differences = identityColumns
    .filter((column) => set.parameterOf.has(column))
    .map((column) => `${column} is distinct from ${set.parameterOf.get(column)}`);
  const token = set.parameterOf.get("credentials_encrypted");
  if (token !== undefined)
    differences.push(`(credential_fp = '' and credentials_encrypted is distinct from ${token})`);
  const revision =
    differences.length === 0 ? "" : `, revision = revision + (${differences.join(" or ")})::integer`;
  await session.query({
    text: `update launch.network_proxies set ${set.text}${revision} where id = $1`,
    values: [id, ...set.values],
    isRepeatable: true,
  });
}
