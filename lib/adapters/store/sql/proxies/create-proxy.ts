import { formatEndpoint } from "../../../../domain/proxy/proxy-endpoint.ts";
import type { NewProxy } from "../../../../ports/store/proxy-store.ts";
import { timestamp } from "../decode.ts";
import type { Session } from "../session.ts";

const text = `insert into launch.network_proxies
  (id, label, endpoint_url, auth_type, credentials_encrypted, credentials_key_id, credential_fp, metadata, is_active,
   expected_ip, expected_ip_source, country, provider, expires_at, ca)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`;

/** Stores a new proxy; its state is `unverified` until something looks at it. */
export async function createProxy(session: Session, proxy: NewProxy): Promise<void> {
  const { sealed } = proxy;
  const values = [
    proxy.id,
    proxy.label,
    formatEndpoint(proxy.endpoint),
    proxy.authType,
    sealed?.token,
    sealed?.keyId,
    sealed?.fingerprint,
    JSON.stringify(proxy.metadata),
    proxy.isActive,
    proxy.expectedIp,
    proxy.expectedIpSource,
    proxy.country,
    proxy.provider,
    timestamp(proxy.expiresAt),
    proxy.ca,
  ];
  await session.query({ text, values });
}
