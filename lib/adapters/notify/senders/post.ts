import { withoutSecrets } from "../../../domain/text/without-secrets.ts";
import { ChannelTrouble } from "./sent.ts";

/** A channel that does not answer within this time is tried again later. */
const answerWithinMs = 10_000;
const mostOfAnswer = 64 * 1024;
const mostShown = 160;

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends a request from this host itself, never by a proxy, and follows no redirect; throws ChannelTrouble for all but a 2xx. Path,
 * query and user of the URL are secrets, and what is said names its host alone.
 */
export async function send(
  url: URL,
  request: {
    readonly method?: "GET" | "POST" | "PATCH";
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  },
  secrets: readonly string[] = [],
): Promise<Answer> {
  const { method = "POST", headers = {}, body } = request;
  const hidden = [...secrets, ...partsOf(url)];
  const plain = new URL(url);
  const basic = userOf(plain);
  try {
    const response = await fetch(plain, {
      method,
      headers: { "user-agent": "slipway", ...basic, ...headers },
      body: body ?? null,
      redirect: "manual",
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await readSome(response);
    if (response.ok) return { status: response.status, text };
    throw refused(url, response, cleaned(text, hidden));
  } catch (error) {
    if (error instanceof ChannelTrouble) throw error;
    throw new ChannelTrouble(`${url.host} ${cleaned(wordsOf(error), hidden)}`);
  }
}

/** What an answer says, without anything that must not be shown. */
export function cleaned(text: string, secrets: readonly string[]): string {
  const without = secrets.reduce((left, secret) => left.replaceAll(secret, "…"), text);
  return withoutSecrets(without).trim().slice(0, mostShown);
}

function refused(url: URL, { status, headers }: Response, text: string): ChannelTrouble {
  const after = Number(headers.get("retry-after"));
  const said = text === "" ? "" : `: ${text}`;
  const moved = status >= 300 && status < 400 ? " (a redirect, which is not followed)" : "";
  const retryAfterMs = Number.isFinite(after) && after > 0 ? after * 1_000 : undefined;
  return new ChannelTrouble(`${url.host} answered ${status}${moved}${said}`, retryAfterMs);
}

// fetch refuses URLs with a user.
function userOf(url: URL): Readonly<Record<string, string>> {
  if (url.username === "" && url.password === "") return {};
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  return { authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}

/** Short parts such as "api" are words, and no secrets. */
function partsOf({ pathname, search, username, password }: URL): readonly string[] {
  const parts = [...pathname.split("/"), search.slice(1), username, password];
  return [...parts, ...parts.map(decoded)].filter((part) => part.length >= 6);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// A channel that answers without end is none.
async function readSome(response: Response): Promise<string> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length >= mostOfAnswer) {
      await reader.cancel();
      break;
    }
  }
  return Buffer.concat(chunks).toString("utf8");
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return "could not be reached";
  if (error.name === "TimeoutError") return `did not answer within ${answerWithinMs / 1_000} s`;
  const cause = error.cause as { readonly code?: string; readonly message?: string } | undefined;
  return `could not be reached (${cause?.code ?? cause?.message ?? error.message})`;
}
