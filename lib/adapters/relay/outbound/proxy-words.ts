import type { Credential } from "../../../domain/proxy/credential.ts";
import type { AnswerHead } from "../wire/connect-answer.ts";

/** What a proxy says of its refusal beside the status. */
export interface ProxyWords {
  /** Its code or error type, and its explanation: "policy_20050: target site blocked"; empty when it says nothing. */
  readonly why: string;
  /** The error type of RFC 9209 (Proxy-Status). */
  readonly errorType: string | undefined;
  /** The authentication schemes that it offers, as it spells them. */
  readonly schemes: readonly string[];
}

/** Reads the headers that name a reason (RFC 9209, vendors' own) and the first line of the body; what repeats the credential is covered. */
export function readWords(head: AnswerHead, body: string, credential: Credential | undefined): ProxyWords {
  const status = lastStatus(head.headers.get("proxy-status") ?? []);
  const vendor = [...head.headers]
    .filter(([name]) => vendorReason.test(name))
    .map(([, values]) => values.at(-1) ?? "");
  const told = vendor.some((text) => text !== "") ? vendor : (status.words ?? []);
  const words = told.some((text) => text !== "") ? told : [firstLine(body)];
  const wait = waitOf(head.headers.get("retry-after")?.at(-1));
  const why = [...new Set(words)].filter((text) => text !== "").join(": ");
  return {
    why: [tidy(why, credential), wait].filter((text) => text !== "").join(", "),
    errorType: status.errorType,
    schemes: schemesOf(head.headers.get("proxy-authenticate") ?? head.headers.get("www-authenticate") ?? []),
  };
}

// Bright Data says x-brd-err-code and -msg (older: x-luminati-error), Oxylabs x-error-description, squid x-squid-error, others
// something of the same form.
const vendorReason = /(?:^|-)err(?:or)?(?:-|$)|(?:^|-)deny-reason$|(?:^|-)block(?:ed)?-reason$/;

/** `gw; error=http_request_denied; details="…"`; the last member of the list is the proxy nearest to us. */
function lastStatus(values: readonly string[]): {
  readonly errorType?: string;
  readonly words?: readonly string[];
} {
  const found = [...values.join(", ").matchAll(/;\s*error\s*=\s*"?([\w-]+)"?/gi)].at(-1);
  if (found?.[1] === undefined) return {};
  const text = values.join(", ").slice(found.index);
  const details = /;\s*details\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(text)?.[1]?.replaceAll(/\\(.)/g, "$1");
  return { errorType: found[1].toLowerCase(), words: [found[1], details ?? ""] };
}

/** The names of the schemes in the challenges, without their parameters. */
function schemesOf(values: readonly string[]): readonly string[] {
  const parts = values.flatMap((value) => value.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').split(","));
  const names = parts.flatMap((part) => /^\s*([a-z][\w-]*)(?:\s+(?!=)|\s*$)/i.exec(part)?.[1] ?? []);
  return [...new Set(names)];
}

function waitOf(value: string | undefined): string {
  if (value === undefined || value === "") return "";
  if (/^\d{1,7}$/.test(value)) return `it asks to wait ${value} s`;
  const until = Date.parse(value);
  return Number.isNaN(until) ? "" : `it asks to wait until ${new Date(until).toISOString()}`;
}

// Of a page what it calls itself, of anything else the first line with words in it.
function firstLine(body: string): string {
  const page = /<(title|h1)[^>]*>([^<]+)</i.exec(body)?.[2];
  if (page !== undefined) return page.trim();
  // The sizes of a chunked body stand on lines of their own.
  const lines = body.split(/\r?\n/).filter((text) => !/^[0-9a-f]{1,8}(?:;.*)?$/i.test(text));
  const line = lines.find((text) => /\p{L}/u.test(text)) ?? "";
  return /^\s*</.test(line) ? "" : line.trim();
}

// A user of one or two letters is a part of many words.
function asFound(secret: string): RegExp {
  const escaped = secret.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(secret.length > 3 ? escaped : `(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, "gu");
}

const mostLetters = 160;

// A gateway that repeats the user or the secret must not bring it into logs and events.
function tidy(text: string, credential: Credential | undefined): string {
  const secrets = credential === undefined ? [] : [credential.secret.reveal(), credential.user];
  const spellings = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret, "utf8").toString("latin1"),
  ]);
  const pair =
    credential === undefined
      ? []
      : [Buffer.from(`${credential.user}:${credential.secret.reveal()}`).toString("base64")];
  const covered = [...pair, ...spellings]
    .filter((secret) => secret !== "")
    .reduce((all, secret) => all.replaceAll(asFound(secret), "[credential]"), text);
  const plain = covered.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  return plain.length > mostLetters ? `${plain.slice(0, mostLetters)}…` : plain;
}
