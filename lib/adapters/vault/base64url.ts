/** Writes bytes as padded base64url, the only form that Fernet knows. */
export function encodeBase64Url(bytes: Buffer): string {
  const text = bytes.toString("base64url");
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** Reads canonical base64url: no other alphabet, no space, no missing or surplus padding, no stray trailing bits; undefined otherwise. */
export function decodeBase64Url(text: string): Buffer | undefined {
  // Node's decoder skips what it does not know; only a text that encodes back to itself was canonical.
  const bytes = Buffer.from(text, "base64url");
  return encodeBase64Url(bytes) === text ? bytes : undefined;
}
