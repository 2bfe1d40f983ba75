import type { SecretFile } from "../../../domain/alerts/notify-settings.ts";
import { jsonObjectIn } from "../../../domain/text/json-object.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { send } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import { ChannelTrouble, type Sent } from "./sent.ts";
import { shownText } from "./shown-text.ts";

const json = { "content-type": "application/json" };

/** Posts to a Discord webhook, and edits what it posted before. */
export async function sendDiscord(
  file: SecretFile,
  delivery: Delivery,
  secrets: SecretReader,
): Promise<Sent> {
  const url = await secrets.url(file);
  const body = JSON.stringify({ content: shownText(delivery, 1_950), allowed_mentions: { parse: [] } });
  const { receipt } = delivery;
  if (delivery.kind === "edit" && receipt !== undefined) {
    const message = new URL(url);
    message.pathname = `${url.pathname.replace(/\/$/, "")}/messages/${receipt}`;
    try {
      await send(message, { method: "PATCH", headers: json, body });
      return { receipt, answer: `changed message ${receipt}` };
    } catch (error) {
      // Somebody took it away: then it is told anew.
      if (!(error instanceof ChannelTrouble) || !/ answered 404/.test(error.message)) throw error;
    }
  }
  const posting = new URL(url);
  posting.searchParams.set("wait", "true");
  const { text, status } = await send(posting, { headers: json, body });
  const { id } = jsonObjectIn(text);
  if (typeof id !== "string") return { receipt: undefined, answer: `answered ${status}` };
  return { receipt: id, answer: `accepted as message ${id}` };
}

/** Posts to a Slack incoming webhook; what is posted there cannot be changed. */
export async function sendSlack(file: SecretFile, delivery: Delivery, secrets: SecretReader): Promise<Sent> {
  const url = await secrets.url(file);
  const text = shownText(delivery, 3_900)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  const { status } = await send(url, { headers: json, body: JSON.stringify({ text }) });
  return { receipt: undefined, answer: `${url.host} answered ${status}` };
}
