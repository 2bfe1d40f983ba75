import type { KeyId } from "../ids.ts";
import type { Secret } from "../secret.ts";

/** The user and secret of a proxy endpoint, opened: lives only in the launcher's memory. */
export interface Credential {
  readonly user: string;
  readonly secret: Secret;
}

/** A credential as it rests in the database. */
export interface SealedCredential {
  /** A Fernet token; its plaintext is v1 JSON bound to the proxy's uuid, or the seed's `user:pass`. */
  readonly token: string;
  readonly keyId: KeyId;
  /** A keyed HMAC of scheme, user and secret, under the sealing key: equal fingerprints are the same credential. Empty for rows of the seed. */
  readonly fingerprint: string;
}
