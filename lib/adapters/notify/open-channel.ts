import type { ChannelPlace, ChannelSettings } from "../../domain/alerts/notify-settings.ts";
import type { AlertChannel, AlertChannels, Delivered, Delivery } from "../../ports/alerts/alert-channel.ts";
import { sendPing } from "./senders/ping.ts";
import { type SecretReader, secretReader, type Unseal } from "./senders/read-secret.ts";
import { ChannelTrouble, type Sent } from "./senders/sent.ts";

type Sender = (delivery: Delivery) => Promise<Sent>;

interface Host {
  /** What a command gets, and no more. */
  readonly env: Readonly<Record<string, string>>;
  readonly unseal: Unseal;
}

/** Channels of this host. */
export function alertChannels({ env, unseal }: Host): AlertChannels {
  const secrets = secretReader(unseal);
  return {
    async open(settings) {
      const send = await senderOf(settings, { env, secrets });
      return { settings, canEdit: canEdit(settings), deliver: (delivery) => answered(() => send(delivery)) };
    },
    openPing: (settings) => ({
      settings,
      ping: (words) => answered(() => sendPing(settings, words, secrets)),
    }),
  };
}

/** Whatever goes wrong is an answer. */
async function answered(work: () => Promise<Sent>): Promise<Delivered> {
  try {
    return { kind: "sent", ...(await work()) };
  } catch (error) {
    if (error instanceof ChannelTrouble)
      return { kind: "failed", why: error.message, retryAfterMs: error.retryAfterMs };
    // An unforeseen error may quote what it was given.
    return { kind: "failed", why: `failed (${error instanceof Error ? error.name : "unknown"})` };
  }
}

function canEdit({ kind }: ChannelSettings): AlertChannel["canEdit"] {
  return kind === "telegram" || kind === "discord" || kind === "ntfy";
}

async function senderOf(
  place: ChannelPlace,
  { env, secrets }: Pick<Host, "env"> & { readonly secrets: SecretReader },
): Promise<Sender> {
  switch (place.kind) {
    case "webhook": {
      const { sendWebhook } = await import("./senders/webhook.ts");
      return (delivery) => sendWebhook(place, delivery, secrets);
    }
    case "telegram": {
      const { sendTelegram } = await import("./senders/telegram.ts");
      return (delivery) => sendTelegram(place, delivery, secrets);
    }
    case "ntfy": {
      const { sendNtfy } = await import("./senders/ntfy.ts");
      return (delivery) => sendNtfy(place, delivery, secrets);
    }
    case "discord":
    case "slack": {
      const { sendDiscord, sendSlack } = await import("./senders/chat-hooks.ts");
      const post = place.kind === "discord" ? sendDiscord : sendSlack;
      return (delivery) => post(place.url, delivery, secrets);
    }
    case "email":
      // The mail library is loaded with the first mail.
      return async (delivery) => (await import("./senders/email.ts")).sendEmail(place, delivery, secrets);
    case "command": {
      const { runCommand } = await import("./senders/command.ts");
      return (delivery) => runCommand(place, delivery, env);
    }
    default:
      return place satisfies never;
  }
}
