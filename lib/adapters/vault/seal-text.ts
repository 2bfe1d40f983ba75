// What is inside the token of a sealed file: JSON {"v":1,"text":…}. It has no proxy_id, so a proxy's row never opens with it, and
// a row's token has no text, so it opens nothing here.

import type { SealedText } from "../../domain/alerts/sealed-text.ts";
import type { Secret } from "../../domain/secret.ts";
import { jsonObjectIn } from "../../domain/text/json-object.ts";
import { type FernetKey, fernetKey, openTokenWithAny, sealToken } from "./fernet.ts";
import { bytesOfKey, type MasterKey } from "./master-key.ts";

/** Seals a text with the first key. */
export function sealText(key: MasterKey, secret: Secret, nowMs: number): SealedText {
  const plaintext = Buffer.from(JSON.stringify({ v: 1, text: secret.reveal() }), "utf8");
  const sealedAtSeconds = BigInt(Math.floor(nowMs / 1_000));
  return { keyId: key.id, token: sealToken(cipherOf(key), { plaintext, sealedAtSeconds }) };
}

/** Opens a text with whichever key fits; undefined when none does, or when the token was sealed for something else. */
export function openText(keys: readonly MasterKey[], { token }: SealedText): string | undefined {
  const content = openTokenWithAny(keys.map(cipherOf), token);
  const { v, text } = jsonObjectIn(content?.plaintext.toString("utf8") ?? "");
  return v === 1 && typeof text === "string" ? text : undefined;
}

function cipherOf(key: MasterKey): FernetKey {
  return fernetKey(bytesOfKey(key));
}
