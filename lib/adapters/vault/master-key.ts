import { createHash, randomBytes } from "node:crypto";
import type { KeyId } from "../../domain/ids.ts";
import { Secret } from "../../domain/secret.ts";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

const keyBytes = 32;

/** A Fernet key with the name it goes by in `credentials_key_id`, `launch keys ls` and errors. */
export interface MasterKey {
  readonly id: KeyId;
  /** 32 bytes as base64url, the form that Python's `Fernet.generate_key()` prints. */
  readonly text: Secret;
}

/** Makes a new random master key. */
export function generateKey(): MasterKey {
  return masterKeyOf(randomBytes(keyBytes));
}

/** Reads a key's text; undefined when it is not 32 bytes of canonical base64url. */
export function parseMasterKey(text: string): MasterKey | undefined {
  const bytes = decodeBase64Url(text);
  return bytes?.length === keyBytes ? masterKeyOf(bytes) : undefined;
}

/** The raw bytes, for the ciphers of this folder. */
export function bytesOfKey(key: MasterKey): Buffer {
  return Buffer.from(key.text.reveal(), "base64url");
}

// The id is taken over the raw bytes and not over their base64url text, so that it names the key whatever form it was written in.
function masterKeyOf(bytes: Buffer): MasterKey {
  const id = createHash("sha256").update(bytes).digest("hex").slice(0, 8) as KeyId;
  return { id, text: new Secret(encodeBase64Url(bytes)) };
}
