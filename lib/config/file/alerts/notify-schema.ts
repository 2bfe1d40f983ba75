import { alertTopics } from "../../../domain/alerts/alert-topic.ts";
import { parseQuietHours } from "../../../domain/reputation/quiet-hours.ts";
import { splitCommand } from "../../command-words.ts";
import { parseDuration } from "../../duration.ts";
import * as shape from "../shape/shape.ts";

// Everything here is made only when a file has `notify`: a launcher without it keeps nothing of this.

const leastPingMs = 10_000;

const duration = (atLeastMs: number, shown: string) =>
  shape
    .string()
    .refine((text) => parseDuration(text) !== undefined, "is not a duration such as 90s or 1h30m")
    .refine((text) => (parseDuration(text) ?? atLeastMs) >= atLeastMs, `is less than ${shown}`);
const quietHours = () =>
  shape
    .string()
    .refine((text) => parseQuietHours(text) !== undefined, 'is not a time such as "22:00-07:00"')
    .optional()
    .describe("When only what cannot wait is told, by this host's clock: 22:00-07:00.");
const file = (what: string) =>
  shape.string().min(1).describe(`The file (mode 0600) that holds ${what}, relative to this file.`);

// A secret does not belong into a file that is copied, printed and committed.
const inClear = (key: string) =>
  shape
    .unknown()
    .refine(
      (value) => value === undefined,
      `holds a secret: write it into a file of its own with mode 0600, and write ${key}_file: PATH here`,
    )
    .optional()
    .describe(`Refused: use ${key}_file.`);

const secretFile = <K extends string>(key: K, what: string) =>
  ({ [`${key}_file`]: file(what), [key]: inClear(key) }) as Record<`${K}_file`, ReturnType<typeof file>>;

const httpUrl = () => shape.string().refine(isHttpUrl, "is not an http(s) URL");
const openUrl = () =>
  httpUrl().refine(
    (text) => !isHttpUrl(text) || !looksSecret(new URL(text)),
    "looks as if it held a secret: write it into a file of its own with mode 0600, and write url_file: PATH here",
  );

const webhook = () =>
  shape
    .map({
      url: openUrl().optional().describe("Where messages are posted; url_file if the URL holds a secret."),
      url_file: file("the URL").optional(),
      ...secretFile("secret", "the signing secret (whsec_…)"),
    })
    .refine(({ url, url_file: urlFile }) => (url === undefined) !== (urlFile === undefined), {
      message: "needs one of url, url_file",
    });

const telegram = () =>
  shape.map({
    ...secretFile("token", "the bot's token"),
    chat: shape.union([shape.string().min(1), shape.int()]).describe("The chat's id, or @channel."),
    api: httpUrl().optional().describe("A Bot API server of your own; default https://api.telegram.org."),
  });

const ntfy = () =>
  shape
    .map({
      server: httpUrl().optional().describe("Default https://ntfy.sh."),
      topic: shape
        .string()
        .regex(/^[A-Za-z0-9_-]{1,64}$/)
        .optional(),
      topic_file: file("the topic").optional(),
      token_file: file("an access token").optional(),
      token: inClear("token"),
    })
    .refine(({ topic, topic_file: topicFile }) => (topic === undefined) !== (topicFile === undefined), {
      message: "needs one of topic, topic_file",
    })
    .refine(
      ({ server, topic, token_file: token }) =>
        topic === undefined || token !== undefined || !isPublicNtfy(server),
      {
        message:
          "has a topic on ntfy.sh that everybody can read who knows its name: write the name into a file of its own with mode 0600 and write topic_file: PATH here, or add token_file",
      },
    );

const chatHook = (what: string) => shape.map(secretFile("url", `the ${what} webhook's URL`));

const email = () =>
  shape.map({
    host: shape.string().min(1).describe("The mail server."),
    port: shape
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe("Default 465 with tls, 587 with starttls, 25 else."),
    security: shape.oneOf(["tls", "starttls", "none"]).optional().describe("Default starttls."),
    from: shape.string().min(3),
    to: shape.union([shape.string().min(3), shape.list(shape.string().min(3)).min(1)]),
    user: shape.string().min(1).optional(),
    password_file: file("the password").optional(),
    password: inClear("password"),
  });

const command = () =>
  shape
    .union([shape.list(shape.string().min(1)).min(1), shape.string().min(1)])
    .superRefine((words, context) => {
      const split = typeof words === "string" ? splitCommand(words) : undefined;
      if (split?.kind === "refused") context.addIssue({ code: "custom", message: split.why });
    });

const ping = () =>
  shape.map({
    ...secretFile("url", "the URL to ask"),
    shape: shape
      .oneOf(["healthchecks", "kuma"])
      .describe("What answers there: Healthchecks (hc-ping.com or your own) or Uptime Kuma's push monitor."),
    every: duration(leastPingMs, "10s").optional().describe("Default 60s."),
    units: shape
      .list(shape.string().min(1))
      .min(1)
      .optional()
      .describe("The bots and collectors that must be alive; default: all."),
  });

const kinds = {
  webhook,
  telegram,
  ntfy,
  discord: () => chatHook("Discord"),
  slack: () => chatHook("Slack"),
  email,
  command,
  ping,
};

const channel = () =>
  shape
    .map({
      webhook: webhook().optional().describe("Signed as Standard Webhooks."),
      telegram: telegram().optional(),
      ntfy: ntfy().optional(),
      discord: kinds.discord().optional(),
      slack: kinds.slack().optional(),
      email: email().optional(),
      command: command().optional().describe("Gets each message as JSON on its standard input."),
      ping: ping().optional().describe("Asked regularly while all is well: a dead man's switch."),
      on: shape.list(shape.oneOf(alertTopics)).min(1).optional().describe("Only these topics; default: all."),
      quiet_hours: quietHours(),
    })
    .refine((given) => Object.keys(kinds).filter((kind) => kind in given).length === 1, {
      message: `needs one of ${Object.keys(kinds).join(", ")}`,
    });

/** `notify:` of launch.yaml: where people are told, and when. */
export const notifySchema = () =>
  shape.map({
    channels: shape
      .record(shape.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/), channel())
      .refine((given) => Object.keys(given).length > 0, "names no channel")
      .describe("By a name of your own; launchers of one database with a channel of one name share it."),
    quiet_hours: quietHours(),
    gather: duration(0, "0s")
      .optional()
      .describe("A first message waits so long for others with the same cause: 4s."),
    between: duration(1_000, "1s")
      .optional()
      .describe("Two messages about the same trouble have at least this distance: 5m."),
    remind: shape
      .union([shape.literal("never"), duration(60_000, "60s")])
      .optional()
      .describe("What goes on is told again so often: 4h; or never."),
  });

export type NotifyContent = shape.Read<ReturnType<typeof notifySchema>>;
export type ChannelContent = NotifyContent["channels"][string];

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function isPublicNtfy(server: string | undefined): boolean {
  return server === undefined || (URL.canParse(server) && /(^|\.)ntfy\.sh$/.test(new URL(server).hostname));
}

/** A user, a query, or a part of the path that nobody would think of. */
function looksSecret({ username, password, search, pathname }: URL): boolean {
  const isOdd = (part: string) => part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part);
  return username !== "" || password !== "" || search !== "" || pathname.split("/").some(isOdd);
}
