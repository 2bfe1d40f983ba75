import type { ChannelPlace } from "../../../domain/alerts/notify-settings.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { send } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import type { Sent } from "./sent.ts";

const mostBytes = 3_900;

/**
 * Publishes with a sequence id: from ntfy 2.16 on, what comes later under it stands in the place of what came before, so neither an
 * edit nor a message that is sent twice makes a second one. Older servers show each.
 */
export async function sendNtfy(
  { server, topic, token: tokenFile }: Extract<ChannelPlace, { kind: "ntfy" }>,
  delivery: Delivery,
  secrets: SecretReader,
): Promise<Sent> {
  const name = typeof topic === "string" ? topic : await secrets.text(topic);
  const token = tokenFile === undefined ? undefined : await secrets.text(tokenFile);
  const { content, receipt, kind, id } = delivery;
  const sequence = (kind === "edit" ? receipt : undefined) ?? id.replaceAll(/[^A-Za-z0-9_-]/g, "_");
  const { title, text, severity, isUrgent, isOver } = content;
  const body = JSON.stringify({
    topic: name,
    sequence_id: sequence,
    title,
    message: cut(text),
    priority: isUrgent ? 5 : isOver ? 2 : severity === "error" ? 4 : 3,
    tags: [isOver ? "white_check_mark" : isUrgent ? "rotating_light" : "warning"],
  });
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const url = new URL(server);
  const hidden = [...(token === undefined ? [] : [token]), ...(typeof topic === "string" ? [] : [name])];
  const { status } = await send(url, { headers, body }, hidden);
  return { receipt: sequence, answer: `${url.host} answered ${status}` };
}

// Beyond 4 KiB a server makes an attachment of it.
function cut(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= mostBytes
    ? text
    : `${bytes
        .subarray(0, mostBytes)
        .toString("utf8")
        .replace(/\uFFFD+$/, "")}…`;
}
