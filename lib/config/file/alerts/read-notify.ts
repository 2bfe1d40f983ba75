import { dirname, resolve } from "node:path";
import {
  type AlertRules,
  alertDefaults,
  type ChannelPlace,
  type ChannelSettings,
  type NotifySettings,
  type PingSettings,
  type SecretFile,
} from "../../../domain/alerts/notify-settings.ts";
import { parseQuietHours } from "../../../domain/reputation/quiet-hours.ts";
import { splitCommand } from "../../command-words.ts";
import { parseDuration } from "../../duration.ts";
import type { ChannelContent, NotifyContent } from "./notify-schema.ts";

/** Turns what the file says under `notify` into settings. */
export function readNotify(content: NotifyContent, path: string): NotifySettings {
  const folder = dirname(path);
  const entries = Object.entries(content.channels);
  return {
    channels: entries.flatMap(([name, given]) => channelOf(name, given, content, folder)),
    pings: entries.flatMap(([name, given]) => pingOf(name, given, folder)),
    rules: rulesOf(content),
    quietHours: quietOf(content.quiet_hours),
  };
}

function channelOf(
  name: string,
  given: ChannelContent,
  { quiet_hours: quiet }: NotifyContent,
  folder: string,
): readonly ChannelSettings[] {
  const place = placeOf(given, folder);
  if (place === undefined) return [];
  const quietHours = quietOf(given.quiet_hours ?? quiet);
  return [{ name, topics: given.on, quietHours, ...place }];
}

function placeOf(given: ChannelContent, folder: string): ChannelPlace | undefined {
  const file = (path: string): SecretFile => ({ path: resolve(folder, path) });
  const maybe = (path: string | undefined) => (path === undefined ? undefined : file(path));
  const { webhook, telegram, ntfy, discord, slack, email, command } = given;
  if (webhook !== undefined) {
    const url = webhook.url ?? file(webhook.url_file ?? "");
    return { kind: "webhook", url, secret: file(webhook.secret_file) };
  }
  if (telegram !== undefined) {
    const { token_file: token, chat, api = "https://api.telegram.org" } = telegram;
    return { kind: "telegram", token: file(token), chat: String(chat), api };
  }
  if (ntfy !== undefined) {
    const { server = "https://ntfy.sh", topic, topic_file: topicFile, token_file: token } = ntfy;
    return { kind: "ntfy", server, topic: topic ?? file(topicFile ?? ""), token: maybe(token) };
  }
  if (discord !== undefined) return { kind: "discord", url: file(discord.url_file) };
  if (slack !== undefined) return { kind: "slack", url: file(slack.url_file) };
  if (email !== undefined) return emailOf(email, maybe(email.password_file));
  if (command === undefined) return undefined;
  const split = typeof command === "string" ? splitCommand(command) : undefined;
  const words = split?.kind === "words" ? split.words : command;
  return { kind: "command", command: typeof words === "string" ? [words] : words, cwd: folder };
}

function emailOf(
  { host, port, security = "starttls", from, to, user }: NonNullable<ChannelContent["email"]>,
  password: SecretFile | undefined,
): ChannelPlace {
  const usual = { tls: 465, starttls: 587, none: 25 }[security];
  const all = typeof to === "string" ? [to] : to;
  return { kind: "email", host, port: port ?? usual, security, from, to: all, user, password };
}

function pingOf(name: string, { ping }: ChannelContent, folder: string): readonly PingSettings[] {
  if (ping === undefined) return [];
  const { url_file: url, shape, every, units } = ping;
  const everyMs = (every === undefined ? undefined : parseDuration(every)) ?? 60_000;
  return [{ name, shape, url: { path: resolve(folder, url) }, everyMs, units }];
}

function rulesOf({ gather, between, remind }: NotifyContent): AlertRules {
  const ms = (text: string | undefined, usual: number) =>
    text === undefined ? usual : (parseDuration(text) ?? usual);
  return {
    ...alertDefaults,
    gatherMs: ms(gather, alertDefaults.gatherMs),
    betweenMs: ms(between, alertDefaults.betweenMs),
    remindMs: remind === "never" ? undefined : ms(remind, alertDefaults.remindMs ?? 0),
  };
}

function quietOf(text: string | undefined): NotifySettings["quietHours"] {
  return text === undefined ? undefined : parseQuietHours(text);
}
