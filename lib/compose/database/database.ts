import { join } from "node:path";
import { holdAlone } from "../../adapters/postgres-link/hold-alone.ts";
import { readServer } from "../../adapters/postgres-link/read-server.ts";
import { setSchemaAside } from "../../adapters/postgres-link/set-schema-aside.ts";
import { type AdoptReport, adoptSeed } from "../../adapters/store/adopt.ts";
import { type Connections, databaseNameOf } from "../../adapters/store/connections.ts";
import { exportAll } from "../../adapters/store/export.ts";
import { importAll } from "../../adapters/store/import.ts";
import {
  inspectSchema,
  inspectSchemaBy,
  type MigrationReport,
  migrate,
} from "../../adapters/store/migrate.ts";
import { openPostgresStore, type PostgresStore } from "../../adapters/store/open-store.ts";
import { type SchemaState, schemaTooNew } from "../../adapters/store/schema-state.ts";
import { decodeError } from "../../adapters/store/store-errors.ts";
import { packageRoot, packageVersion } from "../../config/package-root.ts";
import { whyNotHome } from "../../domain/database/database-move.ts";
import type { DatabaseServerFacts } from "../../domain/database/server-facts.ts";
import { InternalError, LaunchError } from "../../errors.ts";
import type { AlertStore } from "../../ports/alerts/alert-store.ts";
import type { DatabaseServer } from "../../ports/database-server.ts";
import type { Store } from "../../ports/store/store.ts";
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
  /** Opens the store where the schema is this program's, and changes nothing; rejects where it is another. */
  openAsItIs(): Promise<Store>;
  /** Alerts and their outbox, over the store's connections. */
  openAlerts(): Promise<AlertStore>;
  /** Brings the schema up to date, in a database with other tables too: the operator asked for it. */
  migrate(): Promise<MigrationReport>;
  /** How far the schema is. */
  inspect(): Promise<SchemaState>;
  /** What its server says of itself. */
  look(): Promise<DatabaseServerFacts>;
  /** Copies the tables of the program before from a schema of this database; the originals stay as they are. */
  adopt(fromSchema: string): Promise<AdoptReport>;
  /** Writes all facts line by line, credentials sealed; gives back how many rows. */
  exportTo(write: (line: string) => Promise<void>): Promise<number>;
  /** Stores an export in an empty schema, all or nothing; gives back how many rows. */
  importFrom(lines: AsyncIterable<string>): Promise<number>;
  /** Removes the schema, or keeps it under another name, so that it can be made anew. */
  setAside(how: "remove" | "keep"): Promise<void>;
  /** Does the work of a move, which one process at a time may do; throws LaunchError LAUNCH_IN_USE while another one does. */
  moveAlone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** Names the database; connects to nothing and starts nothing yet. */
export function openDatabase(options: DatabaseOptions): Database {
  const place = placeOf(options);
  const { schema } = options.config.database;
  const layout = { schema, folder: join(packageRoot(), "migrations"), program: packageVersion() };
  const tables = { connection: place.use, guess: place.guess, sessionLock: place.sessionLock, schema };
  let store: Promise<PostgresStore> | undefined;
  const open = async () => {
    const opened = await openPostgresStore(tables, async (connections) => {
      const inspect = () => inspectSchemaBy(connections.session, layout);
      const standing = await bringUpToDate(place, layout, inspect);
      if (standing !== undefined) await connections.requireTransactions(standing.backend);
    });
    await tellIfMoved(opened, options);
    return opened;
  };
  const openStore = () => (store ??= open());
  return {
    server: place.server,
    schema,
    shown: place.shown,
    openStore,
    openAsItIs: () => (store ??= openPostgresStore(tables, (opened) => requireCurrent(opened, layout))),
    openAlerts: async () => {
      const [{ alertStore }, { connections }] = await Promise.all([
        import("../../adapters/store/sql/alerts/alerts.ts"),
        openStore(),
      ]);
      return alertStore(connections);
    },
    migrate: async () => {
      const report = await migrateAt(place, layout, true);
      const { history, evidence } = await openStore();
      await history.keep(options.config.history.keepDays);
      await evidence.keep(options.config.evidence.keepDays);
      return report;
    },
    inspect: async () => await inspectSchema({ connection: await place.use(), ...layout }),
    look: async () => await lookAt(await place.use()),
    // The role that migrates can read the other schema; the launcher's may see nothing but its own.
    adopt: async (fromSchema) => {
      await bringUpToDate(place, layout);
      return await adoptSeed({ ...tables, connection: place.migrate }, fromSchema);
    },
    exportTo: async (write) => {
      const standing = await bringUpToDate(place, layout);
      // It does not know all tables.
      if (standing !== undefined && standing.version > standing.newest)
        throw schemaTooNew(standing, databaseNameOf(await place.use()));
      return await exportAll(tables, write);
    },
    importFrom: async (lines) => {
      await bringUpToDate(place, layout);
      return await importAll(tables, lines);
    },
    setAside: async (how) => await setSchemaAside(await place.migrate(), schema, how, options.clock.now()),
    moveAlone: async (work) => await moveAlone(await place.migrate(), options, work),
    async close() {
      // A store that failed to open has told its reason to whoever asked for it.
      const opened = await store?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function lookAt(connection: Parameters<typeof readServer>[0]): Promise<DatabaseServerFacts> {
  return await readServer(connection).catch((error: unknown) => {
    throw decodeError(error, databaseNameOf(connection));
  });
}

async function moveAlone<T>(
  connection: Parameters<typeof holdAlone>[0],
  { config: { database, shownDatabase } }: DatabaseOptions,
  work: () => Promise<T>,
): Promise<T> {
  const held = await holdAlone(connection, `launch db move ${database.schema}`).catch((error: unknown) => {
    throw decodeError(error, databaseNameOf(connection));
  });
  if (held === undefined) throw movedByAnother(shownDatabase);
  try {
    return await work();
  } finally {
    await held.letGo();
  }
}

interface SchemaLayout {
  readonly schema: string;
  readonly folder: string;
  readonly program: string;
}

async function requireCurrent({ session }: Connections, layout: SchemaLayout): Promise<void> {
  const { kind } = await inspectSchemaBy(session, layout);
  if (kind !== "current") throw new InternalError("schema-as-it-is", `The schema is ${kind}.`);
}

async function tellIfMoved({ moves }: Store, { journal }: DatabaseOptions): Promise<void> {
  const why = whyNotHome(await moves.read());
  if (why !== undefined) journal.say({ level: "warning", unit: undefined, text: why });
}

// The launcher's role looks first, so that the stronger one is used only when there is something to migrate.
async function bringUpToDate(
  place: DatabasePlace,
  layout: SchemaLayout,
  inspect = async () => await inspectSchema({ connection: await place.use(), ...layout }),
): Promise<SchemaState | undefined> {
  const standing = await inspect().catch((error: unknown) => {
    if (isUnreachable(error) && place.server === undefined) throw error;
    return undefined;
  });
  if (standing?.kind !== "current") await migrateAt(place, layout, false);
  return standing;
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

function movedByAnother(shown: string): LaunchError {
  return new LaunchError("LAUNCH_IN_USE", `Another \`launch db move\` uses the database ${shown}.`, {
    hint: "Wait until it has ended, then run this again.",
  });
}

function isUnreachable(error: unknown): boolean {
  return error instanceof LaunchError && error.code === "LAUNCH_STORE_UNREACHABLE";
}
