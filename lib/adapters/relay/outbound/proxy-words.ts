import { STATUS_CODES } from "node:http";
import type { Credential } from "../../../domain/proxy/credential.ts";
import { parseHttpDate } from "../../../domain/proxy/http-date.ts";
import type { AnswerHead } from "../wire/connect-answer.ts";
import { coverCredential } from "./cover-credential.ts";
import { firstWords } from "./refusal-body.ts";
import { toldBy } from "./told.ts";

/** What a proxy says of its refusal beside the status. */
export interface ProxyWords {
  /** Its code or error type, and its explanation: "policy_20050: target site blocked"; empty when it says nothing. */
  readonly why: string;
  /** The error type of RFC 9209 (Proxy-Status). */
  readonly errorType: string | undefined;
  /** The authentication schemes that it offers, as it spells them. */
  readonly schemes: readonly string[];
  /** What calls itself the server, and where a redirect leads. */
  readonly server: string | undefined;
  readonly location: string | undefined;
}

/** Whether a header of a refusal names its reason, so that its body need not be waited for. */
export function namesReason(head: AnswerHead): boolean {
  return headerWords(head).some((text) => text !== "");
}

/**
 * Reads the headers that name a reason (RFC 9209, vendors' own), else the words behind the status and the first line of the body; what
 * repeats the credential is covered.
 */
export function readWords(head: AnswerHead, body: string, credential: Credential | undefined): ProxyWords {
  const { headers } = head;
  const challenges = headers.get("proxy-authenticate") ?? headers.get("www-authenticate") ?? [];
  const words = namesReason(head) ? headerWords(head) : ownWords(head, body, challenges);
  const wait = waitOf(headers.get("retry-after")?.at(-1));
  const why = [...new Set(words)].filter((text) => text !== "").join(": ");
  return {
    why: [tidy(why, credential), wait].filter((text) => text !== "").join(", "),
    errorType: lastStatus(headers.get("proxy-status") ?? []).errorType,
    schemes: schemesOf(challenges),
    server: headers.get("server")?.at(-1),
    location: headers.get("location")?.at(-1),
  };
}

function headerWords({ headers }: AnswerHead): readonly string[] {
  const vendor = [...headers]
    .filter(([name]) => vendorReason.test(name))
    .map(([, values]) => values.at(-1) ?? "");
  if (vendor.some((text) => text !== "")) return vendor;
  return lastStatus(headers.get("proxy-status") ?? []).words ?? [];
}

// "HTTP/1.1 403 IP not whitelisted": some put it there alone. What every server writes behind that status says nothing.
function ownWords({ reason }: AnswerHead, body: string, challenges: readonly string[]): readonly string[] {
  const said = firstWords(body);
  const own = /\p{L} +\p{L}/u.test(reason) && !isUsual(reason) ? reason : "";
  const words = said.toLowerCase().includes(own.toLowerCase()) ? [said] : [own, said];
  if (words.some((text) => text !== "")) return words;
  return challenges.flatMap((value) => /\brealm="([^"]*)"/i.exec(value)?.[1] ?? []).filter(toldBy);
}

const usualReasons = new Set([
  "not allowed",
  "moved temporarily",
  "request time-out",
  "gateway time-out",
  "service temporarily unavailable",
  "authentication required",
  "requested range not satisfiable",
]);

// Node's own names are read only here: with them its HTTP would be loaded by every launcher, also by one that speaks none.
function isUsual(reason: string): boolean {
  const lower = reason.toLowerCase();
  return usualReasons.has(lower) || Object.values(STATUS_CODES).some((text) => text?.toLowerCase() === lower);
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

// Colours of a terminal go as a whole.
const escapes = /\p{Cc}\[[0-9;]*[A-Za-z]/gu;

// A gateway that repeats the user or the secret must not bring it into logs and events.
function tidy(text: string, credential: Credential | undefined): string {
  const covered = credential === undefined ? text : coverCredential(text, credential);
  const plain = covered
    .replaceAll(escapes, "")
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim();
  return plain.length > mostLetters ? `${plain.slice(0, mostLetters)}…` : plain;
}
