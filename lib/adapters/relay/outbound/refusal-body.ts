import { isJsonObject, jsonObjectIn } from "../../../domain/text/json-object.ts";
import type { AnswerHead } from "../wire/connect-answer.ts";

/** The text of a refusal's body, by its byte order mark or by what its head says of it; empty where it is compressed. */
export function bodyText({ headers }: AnswerHead, bytes: Buffer): string {
  const coding = headers.get("content-encoding")?.at(-1)?.toLowerCase() ?? "";
  if (/gzip|deflate|br|zstd|compress/.test(coding) || (bytes[0] === 0x1f && bytes[1] === 0x8b)) return "";
  const told = /charset\s*=\s*["']?([\w.:-]+)/i.exec(headers.get("content-type")?.at(-1) ?? "")?.[1];
  return decoded(bytes, markOf(bytes) ?? told ?? "utf-8");
}

/** Of a page what it calls itself, of JSON what it says in words, of anything else the first line with words in it. */
export function firstWords(body: string): string {
  const page = /<(title|h1)[^>]*>([^<]+)</i.exec(body)?.[2];
  if (page !== undefined) return page.trim();
  // The sizes of a chunked body stand on lines of their own.
  const lines = body.split(/\r?\n/).filter((text) => !/^[0-9a-f]{1,8}(?:;.*)?$/i.test(text));
  const said = wordsIn(jsonObjectIn(lines.join("\n")));
  if (said !== undefined) return said;
  const line = lines.find((text) => /\p{L}/u.test(text)) ?? "";
  return /^\s*</.test(line) ? "" : line.trim();
}

function markOf(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  // Every second byte of a plain text in UTF-16 is null.
  if (bytes.length < 4 || bytes.filter((byte) => byte === 0).length * 3 < bytes.length) return undefined;
  return bytes[0] === 0 ? "utf-16be" : "utf-16le";
}

// What its name does not fit is read as the older encoding of western languages, which fits any bytes.
function decoded(bytes: Buffer, encoding: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return bytes.toString("latin1");
  }
}

const wordKeys = [
  "message",
  "msg",
  "error_description",
  "detail",
  "details",
  "description",
  "reason",
  "error",
  "errors",
  "title",
];

function wordsIn(value: unknown): string | undefined {
  if (typeof value === "string") return /\p{L}/u.test(value) ? value.trim() : undefined;
  if (Array.isArray(value)) return wordsIn(value[0]);
  if (!isJsonObject(value)) return undefined;
  for (const key of wordKeys) {
    const found = Object.hasOwn(value, key) ? wordsIn(value[key]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
