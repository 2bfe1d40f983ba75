import { createTransport } from "nodemailer";
import type { ChannelPlace } from "../../../domain/alerts/notify-settings.ts";
import type { Delivery } from "../../../ports/alerts/alert-channel.ts";
import { cleaned } from "./post.ts";
import type { SecretReader } from "./read-secret.ts";
import { ChannelTrouble, type Sent } from "./sent.ts";
import { shownText } from "./shown-text.ts";

const answerWithinMs = 10_000;

/** Sends a mail; those of one alert are one thread, and a mail that is sent twice has one Message-ID. */
export async function sendEmail(
  place: Extract<ChannelPlace, { kind: "email" }>,
  delivery: Delivery,
  secrets: SecretReader,
): Promise<Sent> {
  const { host, port, security, user, password: file, from, to } = place;
  const pass = file === undefined ? undefined : await secrets.text(file);
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? "" } }),
    connectionTimeout: answerWithinMs,
    greetingTimeout: answerWithinMs,
    socketTimeout: answerWithinMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { id, thread, content } = delivery;
  const root = `<${thread}@slipway.invalid>`;
  try {
    const { response } = await transport.sendMail({
      from,
      to: [...to],
      subject: content.title,
      text: shownText(delivery, 20_000),
      messageId: `<${id}@slipway.invalid>`,
      references: root,
      inReplyTo: root,
      ...(content.isUrgent ? { priority: "high" as const } : {}),
    });
    return { receipt: undefined, answer: `${host} answered ${cleaned(response, [])}` };
  } catch (error) {
    const why = error instanceof Error ? error.message : "failed";
    throw new ChannelTrouble(`${host}: ${cleaned(why, pass === undefined ? [] : [pass])}`);
  } finally {
    transport.close();
  }
}
