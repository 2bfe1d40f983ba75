import { formatEndpoint } from "../../../../domain/proxy/proxy-endpoint.ts";
import type { NewProxy } from "../../../../ports/store/proxy-store.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const columns = `id, label, endpoint_url, auth_type, credentials_encrypted, credentials_key_id, credential_fp, metadata,
  is_active, expected_ip, expected_ip_source, country, provider, expires_at, ca`;

// One document a statement: a statement for each row would take a round trip each.
const text = `insert into launch.network_proxies (${columns})
  select ${columns} from json_populate_recordset(null::launch.network_proxies, $1::json)`;

/** Stores many new proxies in one statement; refused as a whole when one label is taken. */
export async function createProxies(session: Session, proxies: readonly NewProxy[]): Promise<void> {
  if (proxies.length === 0) return;
  await session.query({ text, values: [JSON.stringify(proxies.map(rowOf))] });
}

function rowOf(proxy: NewProxy): Readonly<Record<string, unknown>> {
  return {
    id: proxy.id,
    label: proxy.label,
    endpoint_url: formatEndpoint(proxy.endpoint),
    auth_type: proxy.authType,
    credentials_encrypted: proxy.sealed?.token,
    credentials_key_id: proxy.sealed?.keyId,
    credential_fp: proxy.sealed?.fingerprint,
    metadata: proxy.metadata,
    is_active: proxy.isActive,
    expected_ip: proxy.expectedIp,
    expected_ip_source: proxy.expectedIpSource,
    country: proxy.country,
    provider: proxy.provider,
    expires_at: timestamp(proxy.expiresAt),
    ca: proxy.ca,
  };
}
