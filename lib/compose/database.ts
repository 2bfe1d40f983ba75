import { join } from "node:path";
import type { ClientConfig } from "pg";
import { readClock } from "../adapters/postgres-link/read-clock.ts";
import { inspectSchema, type MigrationReport, migrate } from "../adapters/store/migrate.ts";
import { openPostgresStore } from "../adapters/store/open-store.ts";
import type { SchemaState } from "../adapters/store/schema-state.ts";
import { packageRoot } from "../config/package-root.ts";
import type { Instant } from "../domain/time.ts";
import { LaunchError } from "../errors.ts";
import type { DatabaseServer } from "../ports/database-server.ts";
import type { Store } from "../ports/store/store.ts";
import { type DatabaseOptions, type DatabasePlace, placeOf } from "./database-place.ts";

/** The database that the configuration names. */
export interface Database {
  /** Our own server; undefined when the operator has one. */
  readonly server: DatabaseServer | undefined;
  readonly schema: string;
  /** Where it is, without password, as psql understands it. */
  readonly shown: string;
  /** Opens the store once; brings the schema up to date first, but never touches a database of somebody else's. */
  openStore(): Promise<Store>;
  /** Brings the schema up to date, in a database with other tables too: the operator asked for it. */
  migrate(): Promise<MigrationReport>;
  /** How far the schema is. */
  inspect(): Promise<SchemaState>;
  /** The database's own clock. */
  now(): Promise<Instant>;
  /** How to connect; `migrate` with the role that may create tables. */
  connection(right: "use" | "migrate"): Promise<ClientConfig>;
  close(): Promise<void>;
}

/** Names the database; connects to nothing and starts nothing yet. */
export function openDatabase(options: DatabaseOptions): Database {
  const place = placeOf(options);
  const { schema } = options.config.database;
  const layout = { schema, folder: join(packageRoot(), "migrations") };
  let store: Promise<Store> | undefined;
  const open = async () => {
    await bringUpToDate(place, layout);
    return await openPostgresStore({ connection: place.use, sessionLock: place.sessionLock, schema });
  };
  return {
    server: place.server,
    schema,
    shown: place.shown,
    openStore: () => (store ??= open()),
    migrate: () => migrateAt(place, layout, true),
    inspect: async () => await inspectSchema({ connection: await place.use(), ...layout }),
    now: async () => await readClock(await place.use()),
    connection: (right) => (right === "use" ? place.use() : place.migrate()),
    async close() {
      // A store that failed to open has told its reason to whoever asked for it.
      const opened = await store?.catch(() => undefined);
      await opened?.close();
    },
  };
}

interface SchemaLayout {
  readonly schema: string;
  readonly folder: string;
}

// The launcher's role looks first, so that the stronger one is used only when there is something to migrate.
async function bringUpToDate(place: DatabasePlace, layout: SchemaLayout): Promise<void> {
  const connection = await place.use();
  const standing = await inspectSchema({ connection, ...layout }).catch((error: unknown) => {
    if (isUnreachable(error) && place.server === undefined) throw error;
    return undefined;
  });
  if (standing?.kind !== "current") await migrateAt(place, layout, false);
}

async function migrateAt(
  place: DatabasePlace,
  layout: SchemaLayout,
  mayUseForeign: boolean,
): Promise<MigrationReport> {
  return await migrate({
    connection: await place.migrate(),
    ...layout,
    grantTo: place.grantTo,
    mayUseForeign,
  });
}

function isUnreachable(error: unknown): boolean {
  return error instanceof LaunchError && error.code === "LAUNCH_STORE_UNREACHABLE";
}
