import pg from "pg";
import { migrate as applyMigrations } from "postgres-migrations";
import { LaunchError, StoreError } from "../../errors.ts";
import { databaseNameOf } from "./connections.ts";
import { foreignDatabase, readSchemaState, type SchemaState, schemaTooNew } from "./schema-state.ts";
import { quoteIdentifier } from "./sql/session.ts";
import { type DatabaseName, decodeError } from "./store-errors.ts";

export interface MigrateOptions {
  /** A direct connection (no transaction pooler) of a role that may create the schema. */
  readonly connection: pg.ClientConfig;
  /** The folder of the `.sql` files. */
  readonly folder: string;
  readonly schema?: string | undefined;
  /** The role that launchers use, when it is another than the one that migrates: it gets what it needs and no more. */
  readonly grantTo?: string | undefined;
  /** Set only when an operator asked by name (`launch db migrate`): a database that holds somebody else's tables is used too. */
  readonly mayUseForeign?: boolean | undefined;
  /** The bound on the whole (default 60 s). */
  readonly timeoutMs?: number | undefined;
}

export interface MigrationReport {
  /** The names of the migrations applied now, oldest first. */
  readonly applied: readonly string[];
  readonly version: number;
}

/** Reads how the database stands to this program. */
export async function inspectSchema(
  options: Pick<MigrateOptions, "connection" | "folder" | "schema" | "timeoutMs">,
): Promise<SchemaState> {
  return connected(options, (client) => readSchemaState(client, options.schema ?? "launch", options.folder));
}

/** Brings the schema to this program's version; a database that is there already is only read. */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  return connected(options, async (client, name) => {
    const schema = options.schema ?? "launch";
    const state = await readSchemaState(client, schema, options.folder);
    if (state.kind === "too-new") throw schemaTooNew(state, name);
    if (state.kind === "foreign" && options.mayUseForeign !== true) throw foreignDatabase(schema, name);
    const grantee = await otherRole(client, options.grantTo);
    if (state.kind === "current" && (await hasAccess(client, schema, grantee))) {
      return { applied: [], version: state.newest };
    }
    const applied = await underLock(client, async () => {
      const names = await applyPending(client, schema, options.folder);
      if (grantee !== undefined) await grantAccess(client, schema, grantee);
      return names;
    });
    return { applied, version: state.newest };
  });
}

// Any number that nobody else uses. The library polls its own lock once a second; waiting here lets racers finish at once.
const migrationLock = "7311190431";

async function underLock<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query(`select pg_advisory_lock(${migrationLock})`);
  try {
    return await work();
  } finally {
    await client.query(`select pg_advisory_unlock(${migrationLock})`).catch(() => undefined);
  }
}

async function applyPending(client: pg.Client, schema: string, folder: string): Promise<readonly string[]> {
  const { rows } = await client.query("select from pg_namespace where nspname = $1", [schema]);
  if (rows.length === 0) await client.query(`create schema ${quoteIdentifier(schema)}`);
  await client.query(`set search_path to ${quoteIdentifier(schema)}`);
  await client.query(bookkeepingTable);
  const applied = await applyMigrations({ client }, folder);
  return applied.filter(({ id }) => id > 0).map(({ id, name }) => `${id} ${name}`);
}

// The library looks for a table of this name in every schema but reads it by search_path: without ours in place first, a
// database where another program has a `migrations` table fails with "relation does not exist". Shape as in its own 0_ file.
const bookkeepingTable = `create table if not exists migrations (
  id integer primary key,
  name varchar(100) unique not null,
  hash varchar(40) not null,
  executed_at timestamp default current_timestamp
)`;

// The role that migrates owns the tables: granting it less than it has would take rights away.
async function otherRole(client: pg.Client, role: string | undefined): Promise<string | undefined> {
  const { rows } = await client.query<{ user: string }>("select current_user::text as user");
  return rows[0]?.user === role ? undefined : role;
}

async function hasAccess(client: pg.Client, schema: string, role: string | undefined): Promise<boolean> {
  if (role === undefined) return true;
  const { rows } = await client.query<{ has_access: boolean }>(
    "select has_schema_privilege($1, $2, 'usage') and has_table_privilege($1, $3, 'insert') as has_access",
    [role, schema, `${quoteIdentifier(schema)}.switch_permits`],
  );
  return rows[0]?.has_access === true;
}

async function grantAccess(client: pg.Client, schema: string, role: string): Promise<void> {
  const [to, from] = [quoteIdentifier(role), quoteIdentifier(schema)];
  await client.query(`
    grant usage on schema ${from} to ${to};
    grant select, insert, update, delete on all tables in schema ${from} to ${to};
    grant usage, select, update on all sequences in schema ${from} to ${to};
    grant execute on all functions in schema ${from} to ${to};
    revoke insert, update, delete on ${from}.migrations from ${to};
    revoke update, delete on ${from}.events from ${to}`);
}

async function connected<T>(
  options: Pick<MigrateOptions, "connection" | "timeoutMs">,
  work: (client: pg.Client, name: DatabaseName) => Promise<T>,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const name = databaseNameOf(options.connection);
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, ...options.connection });
  client.on("error", () => undefined);
  // The library waits for its lock without a limit; ending the client ends that wait as well.
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void client.end().catch(() => undefined);
  }, timeoutMs);
  try {
    await client.connect();
    await client.query(`set statement_timeout = ${timeoutMs}`);
    return await work(client, name);
  } catch (error) {
    if (isLate) throw tooLate(name, timeoutMs);
    throw error instanceof LaunchError ? error : decodeMigrationError(error, name);
  } finally {
    clearTimeout(timer);
    await client.end().catch(() => undefined);
  }
}

function tooLate({ host, database }: DatabaseName, timeoutMs: number): StoreError {
  return new StoreError(
    "LAUNCH_STORE_UNREACHABLE",
    `Database "${database}" at ${host} did not finish within ${timeoutMs / 1_000} s.`,
    { hint: "Look for another migration that is still running, then run `launch db migrate`." },
  );
}

function decodeMigrationError(error: unknown, name: DatabaseName): LaunchError {
  const reason = error instanceof Error ? error.message : String(error);
  if (!reason.startsWith("Migration failed.") && !/permission denied/.test(reason))
    return decodeError(error, name);
  return new StoreError("LAUNCH_MIGRATION_FAILED", `Database "${name.database}" at ${name.host}: ${reason}`, {
    hint: /permission denied/.test(reason)
      ? "Set database.migrate_url to a role that may create the schema, then run `launch db migrate`."
      : "Nothing of the failing file was kept. Run `launch db migrate` once the cause is gone.",
  });
}
