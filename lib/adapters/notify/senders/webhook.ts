import { createHmac } from "node:crypto";
import type { ChannelPlace } from "../../../domain/alerts/notify-settings.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { send } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import { ChannelTrouble, type Sent } from "./sent.ts";

/** Posts JSON, signed as Standard Webhooks: `webhook-id` is the idempotency key, by which a receiver knows a message again. */
export async function sendWebhook(
  { url, secret }: Extract<ChannelPlace, { kind: "webhook" }>,
  delivery: Delivery,
  secrets: SecretReader,
): Promise<Sent> {
  const target = typeof url === "string" ? new URL(url) : await secrets.url(url);
  const body = JSON.stringify(payloadOf(delivery));
  const signing = await secrets.text(secret);
  const seconds = String(Math.floor(Date.now() / 1_000));
  const headers = {
    "content-type": "application/json",
    "webhook-id": delivery.id,
    "webhook-timestamp": seconds,
    "webhook-signature": signatureOf(signing, `${delivery.id}.${seconds}.${body}`, secret.path),
  };
  const { status } = await send(target, { headers, body }, [signing]);
  return { receipt: undefined, answer: `${target.host} answered ${status}` };
}

/** What a program gets of a message. */
export function payloadOf({ id, thread, kind, content, at }: Delivery): object {
  const { title, text, severity, isUrgent, topics, cause, members, isOver } = content;
  const data = {
    id,
    alert: thread,
    kind,
    title,
    text,
    severity,
    urgent: isUrgent,
    topics,
    cause,
    over: isOver,
    members,
  };
  return { type: `alert.${kind}`, timestamp: new Date(at).toISOString(), data };
}

function signatureOf(secret: string, text: string, path: string): string {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? [];
  const key = Buffer.from(encoded ?? "", "base64");
  if (key.length < 16)
    throw new ChannelTrouble(
      `${path} holds no signing secret: it has the form whsec_ and base64 of at least 16 bytes, as from \`echo whsec_$(openssl rand -base64 32)\``,
    );
  return `v1,${createHmac("sha256", key).update(text).digest("base64")}`;
}
