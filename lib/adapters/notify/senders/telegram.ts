import type { ChannelPlace } from "../../../domain/alerts/notify-settings.ts";
import { isJsonObject, jsonObjectIn } from "../../../domain/text/json-object.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { send } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import { ChannelTrouble, type Sent } from "./sent.ts";
import { shownText } from "./shown-text.ts";

const mostCharacters = 4_000;

/** Sends or edits a message by the Bot API; the token stands in the URL's path. */
export async function sendTelegram(
  { token: file, chat, api }: Extract<ChannelPlace, { kind: "telegram" }>,
  delivery: Delivery,
  secrets: SecretReader,
): Promise<Sent> {
  const token = await secrets.text(file);
  const call = async (method: string, more: object): Promise<string> => {
    const url = new URL(`${api.replace(/\/$/, "")}/bot${token}/${method}`);
    const body = JSON.stringify({ chat_id: chat, text: shownText(delivery, mostCharacters), ...more });
    const { text } = await send(url, { headers: { "content-type": "application/json" }, body }, [token]);
    return text;
  };
  const { receipt } = delivery;
  if (delivery.kind === "edit" && receipt !== undefined) {
    try {
      await call("editMessageText", { message_id: Number(receipt) });
      return { receipt, answer: `changed message ${receipt}` };
    } catch (error) {
      if (!(error instanceof ChannelTrouble)) throw error;
      if (/not modified/.test(error.message)) return { receipt, answer: "nothing to change" };
      // Somebody took it away: then it is told anew.
      if (!/not found|can't be edited/.test(error.message)) throw error;
    }
  }
  const isQuiet = !delivery.content.isUrgent && delivery.content.isOver;
  const { result } = jsonObjectIn(await call("sendMessage", { disable_notification: isQuiet }));
  const id = isJsonObject(result) ? result["message_id"] : undefined;
  if (typeof id !== "number") return { receipt: undefined, answer: "accepted" };
  return { receipt: `${id}`, answer: `accepted as message ${id}` };
}
