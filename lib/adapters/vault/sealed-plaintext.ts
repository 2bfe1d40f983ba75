// What is inside a token: v1 JSON {"v":1,"proxy_id":…,"user":…,"pass":…}. Fernet has no associated data, so the proxy's
// uuid stands inside: without it a token copied to another row would open there. The seed wrote a bare `user:pass`.

import type { ProxyId } from "../../domain/ids.ts";
import type { Credential } from "../../domain/proxy/credential.ts";
import { Secret } from "../../domain/secret.ts";
import { jsonObjectIn } from "../../domain/text/json-object.ts";

export type PlaintextReading =
  | { readonly kind: "bound"; readonly proxyId: string; readonly credential: Credential }
  | { readonly kind: "legacy"; readonly credential: Credential }
  | { readonly kind: "newer"; readonly version: number }
  | { readonly kind: "unreadable" };

/** Writes the v1 plaintext. */
export function encodePlaintext(credential: Credential, proxyId: ProxyId): Buffer {
  const content = { v: 1, proxy_id: proxyId, user: credential.user, pass: credential.secret.reveal() };
  return Buffer.from(JSON.stringify(content), "utf8");
}

/** Reads what a token held: v1 JSON, or the seed's bare `user:pass`. */
export function decodePlaintext(plaintext: Buffer): PlaintextReading {
  const text = decodeUtf8(plaintext);
  if (text === undefined) return { kind: "unreadable" };
  const fields = versionedFields(text);
  if (fields === undefined) return readLegacy(text);
  const { v, proxy_id: proxyId, user, pass } = fields;
  if (v > 1) return { kind: "newer", version: v };
  if (typeof proxyId !== "string" || typeof user !== "string" || typeof pass !== "string")
    return { kind: "unreadable" };
  return { kind: "bound", proxyId, credential: { user, secret: new Secret(pass) } };
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// A JSON object with a whole number `v` was written by us; anything else is left to the seed's form.
function versionedFields(text: string): ({ readonly v: number } & Record<string, unknown>) | undefined {
  if (!text.startsWith("{")) return undefined;
  const { v, ...fields } = jsonObjectIn(text);
  return typeof v === "number" && Number.isInteger(v) && v >= 1 ? { ...fields, v } : undefined;
}

function readLegacy(text: string): PlaintextReading {
  const colon = text.indexOf(":");
  if (colon < 1) return { kind: "unreadable" };
  const credential = { user: text.slice(0, colon), secret: new Secret(text.slice(colon + 1)) };
  return { kind: "legacy", credential };
}
