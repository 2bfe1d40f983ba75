import type { PingSettings } from "../../../domain/alerts/notify-settings.ts";
import { send } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import type { Sent } from "./sent.ts";

const mostWords = 200;

/** Asks the address once: Healthchecks takes words as a body, Uptime Kuma in the query. */
export async function sendPing(
  { shape, url: file }: PingSettings,
  words: string,
  secrets: SecretReader,
): Promise<Sent> {
  const url = await secrets.url(file);
  const said = words.slice(0, mostWords);
  if (shape === "kuma") {
    url.searchParams.set("status", "up");
    url.searchParams.set("msg", said);
  }
  const request = shape === "kuma" ? { method: "GET" as const } : { body: said };
  const { status } = await send(url, request);
  return { receipt: undefined, answer: `${url.host} answered ${status}` };
}
