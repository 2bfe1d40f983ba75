import type { DatabaseSettings } from "../../config/launch-config.ts";

type ServerSettings = Extract<DatabaseSettings, { kind: "server" }>;

/** What `pg` needs for the operator's own server; the text may hold a password and goes nowhere else. */
export function serverConnection(database: ServerSettings): { readonly connectionString: string } {
  return { connectionString: database.url.reveal() };
}

/** The same with the rights to migrate, when launch.yaml or the environment names such a URL. */
export function migrationConnection(database: ServerSettings): { readonly connectionString: string } {
  return { connectionString: (database.migrateUrl ?? database.url).reveal() };
}
