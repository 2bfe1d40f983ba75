import { urlWithPassword } from "../../adapters/postgres-link/pass-file.ts";
import type { DatabaseSettings } from "../../config/launch-config.ts";
import { type BareUrl, bareUrl } from "../../domain/database/bare-url.ts";

type ServerSettings = Extract<DatabaseSettings, { kind: "server" }>;

interface Connection {
  readonly connectionString: string;
}

/** What `pg` needs for the operator's own server; the text may hold a password and goes nowhere else. */
export async function serverConnection({ url, ...settings }: ServerSettings): Promise<Connection> {
  return { connectionString: await urlWithPassword(url.reveal(), passFileOf(settings)) };
}

/** The same with the rights to migrate, when launch.yaml or the environment names such a URL. */
export async function migrationConnection({
  url,
  migrateUrl,
  ...settings
}: ServerSettings): Promise<Connection> {
  return { connectionString: await urlWithPassword((migrateUrl ?? url).reveal(), passFileOf(settings)) };
}

function passFileOf({
  passFile,
  isPassFileHandedOver,
}: Pick<ServerSettings, "passFile" | "isPassFileHandedOver">) {
  return passFile === undefined ? undefined : { path: passFile, isHandedOver: isPassFileHandedOver };
}

/** Whom `serverConnection` connects as; empty when the URL does not say. */
export function roleOf({ url }: ServerSettings): string {
  return decodeURIComponent(new URL(url.reveal()).username);
}

/** Both URLs as a generated file may hold them. */
export function bareUrlsOf({ url, migrateUrl }: ServerSettings): {
  readonly url: BareUrl;
  readonly migrateUrl: BareUrl | undefined;
} {
  return { url: bareUrl(url.reveal()), migrateUrl: migrateUrl && bareUrl(migrateUrl.reveal()) };
}
