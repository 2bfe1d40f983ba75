import type { KeyId } from "../ids.ts";

/** A secret in a file of its own, sealed with a master key; without that key the file tells nothing. */
export interface SealedText {
  readonly keyId: KeyId;
  readonly token: string;
}

const form = /^sealed:([0-9a-f]{8}):([A-Za-z0-9_=-]+)$/;

/** Reads what `writeSealedText` wrote; undefined for any other text. */
export function parseSealedText(text: string): SealedText | undefined {
  const [, keyId, token] = form.exec(text.trim()) ?? [];
  return keyId === undefined || token === undefined ? undefined : { keyId: keyId as KeyId, token };
}

/** One line, which names the key so that `launch keys retire` finds what still needs it. */
export function writeSealedText({ keyId, token }: SealedText): string {
  return `sealed:${keyId}:${token}`;
}
