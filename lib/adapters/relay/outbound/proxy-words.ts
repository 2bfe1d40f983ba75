import type { Credential } from "../../../domain/proxy/credential.ts";
import { parseHttpDate } from "../../../domain/proxy/http-date.ts";
import type { AnswerHead } from "../wire/connect-answer.ts";
import { coverCredential } from "./cover-credential.ts";
import { firstWords } from "./refusal-body.ts";

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
  const words = told.some((text) => text !== "") ? told : [firstWords(body)];
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
  // A text in quotes is taken whole: what it says may look like a member of its own.
  const params = [...values.join(", ").matchAll(/;\s*([\w*-]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)/g)];
  const at = params.findLastIndex(([, name]) => name?.toLowerCase() === "error");
  const error = unquoted(params[at]?.[2] ?? "");
  if (!/^[\w-]+$/.test(error)) return {};
  const details = params.slice(at).find(([, name]) => name?.toLowerCase() === "details")?.[2] ?? "";
  return { errorType: error.toLowerCase(), words: [error, unquoted(details)] };
}

function unquoted(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
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
  const until = parseHttpDate(value);
  return until === undefined ? "" : `it asks to wait until ${new Date(until).toISOString()}`;
}

const mostLetters = 160;

// A gateway that repeats the user or the secret must not bring it into logs and events.
function tidy(text: string, credential: Credential | undefined): string {
  const covered = credential === undefined ? text : coverCredential(text, credential);
  const plain = covered.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  return plain.length > mostLetters ? `${plain.slice(0, mostLetters)}…` : plain;
}
