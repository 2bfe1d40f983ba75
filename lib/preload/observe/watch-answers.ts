import diagnostics from "node:diagnostics_channel";
import type { SeenAnswer } from "./answer-batch.ts";
import { hasSigningParameter, isSigningName } from "./signed-names.ts";

type Unknown = Readonly<Record<string, unknown>>;
type See = (answer: SeenAnswer) => void;

/** Requests of our own, which are no answers of the bot's. */
const ours = new WeakSet<object>();
// A channel that nobody holds may be collected with its subscribers in older Node versions.
const held: unknown[] = [];

/** Keeps the answer to this request from being told. */
export function leaveOut(request: object): void {
  ours.add(request);
}

/** Tells every answer that reaches http, https, fetch or any copy of undici in this thread; nothing is patched, and nothing is ever thrown into the bot. */
export function watchAnswers(see: See): void {
  subscribe("http.client.response.finish", ({ request, response }) => seeHttp(see, request, response));
  subscribe("undici:request:headers", ({ request, response }) => seeUndici(see, request, response));
  subscribe("undici:websocket:open", ({ websocket }) => seeWebSocket(see, websocket));
}

// What publishes would report an error of ours as an uncaught one of the bot's.
function subscribe(name: string, read: (message: Record<string, Unknown>) => void): void {
  const channel = diagnostics.channel(name);
  held.push(channel);
  channel.subscribe((message) => {
    try {
      read(message as Record<string, Unknown>);
    } catch {
      // Another Node or undici, whose message looks different.
    }
  });
}

interface HttpRequest {
  readonly path: string;
  getHeader(name: string): string | undefined;
  getHeaderNames(): readonly string[];
}

function seeHttp(see: See, asked: unknown, answered: unknown): void {
  const request = asked as HttpRequest;
  const response = answered as {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string | undefined>>;
  };
  if (ours.has(request)) return;
  see({
    host: withoutPort(request.getHeader("host") ?? ""),
    status: response.statusCode,
    isSigned: request.getHeaderNames().some(isSigningName) || hasSigningParameter(request.path),
    // Node makes its headers only when they are asked for; of a success nobody does.
    header: (name) => response.headers[name],
  });
}

function seeUndici(see: See, request: unknown, response: unknown): void {
  const { origin, path, headers } = request as {
    readonly origin: unknown;
    readonly path: string;
    readonly headers: string | readonly unknown[];
  };
  const { statusCode, headers: answered } = response as {
    readonly statusCode: number;
    readonly headers: readonly unknown[];
  };
  see({
    host: hostOf(String(origin)),
    status: statusCode,
    isSigned: namesIn(headers).some(isSigningName) || hasSigningParameter(path),
    header: (name) => valueIn(answered, name),
  });
}

function seeWebSocket(see: See, socket: unknown): void {
  const { url } = socket as { readonly url: string };
  see({ host: hostOf(url), status: 101, isSigned: hasSigningParameter(url), header: () => undefined });
}

// Until undici 6 a text of lines, from then on a list of names and values in turn.
function namesIn(headers: string | readonly unknown[]): readonly string[] {
  if (typeof headers === "string") return headers.split("\r\n").map((line) => line.split(":", 1)[0] ?? "");
  return headers.filter((_, index) => index % 2 === 0).map(String);
}

function valueIn(headers: readonly unknown[], name: string): string | undefined {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    if (String(headers[index]).toLowerCase() === name) return String(headers[index + 1]);
  }
  return undefined;
}

const hosts = new Map<string, string>();
/** A bot speaks to a few hosts again and again; one that makes up names must not fill the memory. */
const mostHosts = 1_000;

function hostOf(url: string): string {
  const key = url.split("?", 1)[0] ?? "";
  return remembered(key, () => new URL(key).hostname.replace(/^\[|\]$/g, ""));
}

function remembered(key: string, read: () => string): string {
  const before = hosts.get(key);
  if (before !== undefined) return before;
  const host = read();
  if (hosts.size < mostHosts) hosts.set(key, host);
  return host;
}

function withoutPort(host: string): string {
  return remembered(host, () =>
    host
      .toLowerCase()
      .replace(/:\d*$/, "")
      .replace(/^\[|\]$/g, ""),
  );
}
