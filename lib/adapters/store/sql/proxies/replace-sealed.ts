import type { ProxyId } from "../../../../domain/ids.ts";
import type { SealedCredential } from "../../../../domain/proxy/credential.ts";
import type { Session } from "../session.ts";

const text = `update launch.network_proxies
  set credentials_encrypted = $3, credentials_key_id = $4, credential_fp = $5
  where id = $1 and credentials_encrypted = $2
  returning id`;

/** Replaces the sealed form of the same credential, only when the row still holds the token `from`. */
export async function replaceSealed(
  session: Session,
  id: ProxyId,
  from: string,
  to: SealedCredential,
): Promise<boolean> {
  const rows = await session.query({ text, values: [id, from, to.token, to.keyId, to.fingerprint] });
  return rows.length > 0;
}
