import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { Credential } from "../../domain/proxy/credential.ts";
import type { ProxyScheme } from "../../domain/proxy/proxy-endpoint.ts";

const purpose = "slipway credential fingerprint v1";
const hexDigits = 32;

/** The key under which fingerprints are made: derived from the master key, so that it can open nothing. */
export function fingerprintKey(masterKeyBytes: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", masterKeyBytes, "", purpose, 32)));
}

/**
 * Names a credential without telling it: 32 hex digits of HMAC-SHA256 over scheme, user and secret.
 * Without the key nobody can test guesses of a password against it.
 */
export function fingerprintOf(key: KeyObject, credential: Credential, scheme: ProxyScheme): string {
  const { user, secret } = credential;
  // JSON keeps the three apart: no user can be made to run into the secret.
  const message = JSON.stringify([scheme, user, secret.reveal()]);
  return createHmac("sha256", key).update(message).digest("hex").slice(0, hexDigits);
}
