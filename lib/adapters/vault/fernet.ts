// Fernet (https://github.com/fernet/spec): version 0x80 | timestamp, 64 bit big endian, seconds | IV, 16 bytes |
// AES-128-CBC ciphertext | HMAC-SHA256 of all before it. Python's `cryptography` reads and writes the same tokens.
// Credentials rest for years, so there is no TTL; the timestamp is kept as it is found.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { decodeBase64Url, encodeBase64Url } from "./base64url.ts";

const version = 0x80;
const headBytes = 9;
const ivBytes = 16;
const macBytes = 32;
const blockBytes = 16;

/** One master key, split as Fernet does; KeyObjects show no key material when printed. */
export interface FernetKey {
  readonly signing: KeyObject;
  readonly encryption: KeyObject;
}

/** What a token held, and when it was sealed, in seconds since the epoch. */
export interface FernetContent {
  readonly plaintext: Buffer;
  readonly sealedAtSeconds: bigint;
}

/** Splits 32 key bytes into the signing and the encryption half. */
export function fernetKey(bytes: Buffer): FernetKey {
  return {
    signing: createSecretKey(bytes.subarray(0, 16)),
    encryption: createSecretKey(bytes.subarray(16, 32)),
  };
}

/** Makes a token; `iv` is given only by the tests that repeat the spec's vectors. */
export function sealToken(key: FernetKey, content: FernetContent, iv = randomBytes(ivBytes)): string {
  const head = Buffer.alloc(headBytes);
  head[0] = version;
  head.writeBigUInt64BE(content.sealedAtSeconds, 1);
  const cipher = createCipheriv("aes-128-cbc", key.encryption, iv);
  const signed = Buffer.concat([head, iv, cipher.update(content.plaintext), cipher.final()]);
  return encodeBase64Url(Buffer.concat([signed, macOf(key, signed)]));
}

/** Opens a token; every way of being wrong gives the same undefined, so that nothing tells a forger how far he came. */
export function openToken(key: FernetKey, token: string): FernetContent | undefined {
  const bytes = decodeBase64Url(token);
  if (bytes === undefined || !hasTokenShape(bytes)) return undefined;
  const signed = bytes.subarray(0, -macBytes);
  if (!timingSafeEqual(macOf(key, signed), bytes.subarray(-macBytes))) return undefined;
  const plaintext = decrypt(key, signed);
  return plaintext === undefined ? undefined : { plaintext, sealedAtSeconds: bytes.readBigUInt64BE(1) };
}

/** Opens a token with whichever key fits, as Python's MultiFernet does; `keyIndex` says which it was. */
export function openTokenWithAny(
  keys: readonly FernetKey[],
  token: string,
): (FernetContent & { readonly keyIndex: number }) | undefined {
  for (const [keyIndex, key] of keys.entries()) {
    const content = openToken(key, token);
    if (content !== undefined) return { ...content, keyIndex };
  }
  return undefined;
}

function hasTokenShape(bytes: Buffer): boolean {
  const ciphertextBytes = bytes.length - headBytes - ivBytes - macBytes;
  return ciphertextBytes >= blockBytes && ciphertextBytes % blockBytes === 0 && bytes[0] === version;
}

function macOf(key: FernetKey, signed: Buffer): Buffer {
  return createHmac("sha256", key.signing).update(signed).digest();
}

function decrypt(key: FernetKey, signed: Buffer): Buffer | undefined {
  const iv = signed.subarray(headBytes, headBytes + ivBytes);
  const decipher = createDecipheriv("aes-128-cbc", key.encryption, iv);
  try {
    return Buffer.concat([decipher.update(signed.subarray(headBytes + ivBytes)), decipher.final()]);
  } catch {
    // Authentic but wrongly padded: written by a program that is not Fernet.
    return undefined;
  }
}
