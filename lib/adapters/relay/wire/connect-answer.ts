import type { Taken } from "./socks-frames.ts";

// What an HTTP proxy answers to CONNECT, read as curl reads it; no sockets here. What decides where the tunnel's bytes begin is
// strict: the first empty line ends the head, and a 2xx has no body whatever its headers say (RFC 9110 §9.3.6).

/** The head of an answer; header names in lower case, several lines of one name in their order. */
export interface AnswerHead {
  readonly status: number;
  /** The words behind the status; empty for a success. */
  readonly reason: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

/** Takes the head of the answer; a value of undefined when the bytes can be no HTTP. Heads of 1xx announce another one. */
export function takeAnswer(bytes: Buffer): Taken<AnswerHead | undefined> | undefined {
  const start = leadingBlank(bytes);
  if (!couldBeHttp(bytes.subarray(start))) return { value: undefined, rest: bytes };
  const end = headEnd(bytes, start);
  if (end === undefined) return undefined;
  const head = parseHead(bytes.subarray(start, end).toString("latin1"));
  const rest = bytes.subarray(end);
  // After 101 the connection speaks something else, which nobody asked for.
  if (head === undefined || head.status === 101) return { value: undefined, rest };
  return head.status < 200 ? takeAnswer(rest) : { value: head, rest };
}

/** How many bytes of body a refusal announces; undefined when only the connection's end tells. */
export function bodyBytes({ headers }: AnswerHead): number | undefined {
  if (headers.has("transfer-encoding")) return undefined;
  const length = headers.get("content-length")?.at(-1) ?? "";
  return /^\d{1,9}$/.test(length) ? Number(length) : undefined;
}

// A server may end its last message with a line too many.
function leadingBlank(bytes: Buffer): number {
  let start = 0;
  while (start < 4 && (bytes[start] === 13 || bytes[start] === 10)) start++;
  return start;
}

function couldBeHttp(bytes: Buffer): boolean {
  return "HTTP/1.".startsWith(bytes.subarray(0, 7).toString("latin1").toUpperCase());
}

// Behind the head's first empty line, whether lines end with CR LF or with LF alone.
function headEnd(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(10, from); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2;
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return undefined;
}

function parseHead(text: string): AnswerHead | undefined {
  if (text.includes("\0")) return undefined;
  const line = /^HTTP\/1\.\d[ \t]+([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r*\n/i.exec(text);
  if (line?.[1] === undefined) return undefined;
  const status = Number(line[1]);
  if (status < 300) return { status, reason: "", headers: none };
  const headers = parseHeaders(text.slice(line[0].length));
  return { status, reason: (line[2] ?? "").trim(), headers };
}

// Nobody asks what a proxy says beside its consent.
const none: ReadonlyMap<string, readonly string[]> = new Map();

// A line that begins with a space goes on the one before; one without a colon says nothing.
function parseHeaders(text: string): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  let last: string[] | undefined;
  for (const line of text.split("\n").map((each) => each.replace(/\r+$/, ""))) {
    const folded = /^[ \t]+(.*)$/.exec(line)?.[1];
    if (folded !== undefined && last !== undefined) {
      last.push(`${last.pop() ?? ""} ${folded}`.trim());
      continue;
    }
    const [, name, value] = /^([^:]+?)[ \t]*:(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    last = headers.get(name.toLowerCase()) ?? [];
    last.push(value.trim());
    headers.set(name.toLowerCase(), last);
  }
  return headers;
}
