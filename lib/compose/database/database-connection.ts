import { urlWithPassword } from "../../adapters/postgres-link/pass-file.ts";
import type { DatabaseSettings } from "../../config/launch-config.ts";
import { type BareUrl, bareUrl } from "../../domain/database/bare-url.ts";
import type { Secret } from "../../domain/secret.ts";

type ServerSettings = Extract<DatabaseSettings, { kind: "server" }>;

/** What `pg` needs for the operator's own server, by one of its URLs; the text may hold a password and goes nowhere else. */
export async function serverConnection(
  { passFile, isPassFileHandedOver: isHandedOver }: ServerSettings,
  url: Secret,
): Promise<{ readonly connectionString: string }> {
  const file = passFile === undefined ? undefined : { path: passFile, isHandedOver };
  return { connectionString: await urlWithPassword(url.reveal(), file) };
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
