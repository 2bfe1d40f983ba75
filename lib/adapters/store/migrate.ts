import pg from "pg";
import { LaunchError, StoreError } from "../../errors.ts";
import { databaseNameOf } from "./connections.ts";
import { readSchemaFiles, type SchemaFile, type SchemaFiles } from "./schema-files.ts";
import {
  foreignDatabase,
  type Program,
  readCurrentState,
  readSchemaState,
  type SchemaState,
  schemaSuperseded,
  schemaTooNew,
} from "./schema-state.ts";
import { quoteIdentifier, type Session } from "./sql/session.ts";
import { type DatabaseName, decodeError } from "./store-errors.ts";

export interface MigrateOptions {
  /** Of a role that may create the schema. A pooler may stand in between: nothing here outlives a transaction. */
  readonly connection: pg.ClientConfig;
  /** The folder of the `.sql` files. */
  readonly folder: string;
  /** The version of this program (default "0"); functions of a newer one are left as they are. */
  readonly program?: string | undefined;
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
  options: Pick<MigrateOptions, "connection" | "folder" | "program" | "schema" | "timeoutMs">,
): Promise<SchemaState> {
  return await connected(options, (client) => inspectSchemaBy(sessionOf(client), options));
}

/** The same, asked over a session that is open already. */
export async function inspectSchemaBy(
  session: Session,
  options: Pick<MigrateOptions, "folder" | "program" | "schema">,
): Promise<SchemaState> {
  const program = { files: readSchemaFiles(options.folder), version: options.program ?? "0" };
  const schema = options.schema ?? "launch";
  const current = await readCurrentState(session, schema, program);
  return current ?? (await readSchemaState(session, schema, program));
}

function sessionOf(client: pg.Client): Session {
  return { query: async ({ text, values = [] }) => (await client.query(text, [...values])).rows };
}

/** Brings the schema to this program's version; a database that is there already is only read. */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const files = readSchemaFiles(options.folder);
  const program = { files, version: options.program ?? "0" };
  return connected(options, async (client, name) => {
    const schema = options.schema ?? "launch";
    const state = await readSchemaState(sessionOf(client), schema, program);
    if (state.kind === "too-new") throw schemaTooNew(state, name);
    if (state.kind === "superseded") throw schemaSuperseded(name);
    if (state.kind === "foreign" && options.mayUseForeign !== true) throw foreignDatabase(schema, name);
    const grantee = await otherRole(client, options.grantTo);
    if (state.kind === "current" && (await hasAccess(client, schema, grantee))) {
      return { applied: [], version: state.newest };
    }
    const place: Place = { client, schema, timeoutMs: options.timeoutMs ?? usualTimeoutMs };
    const applied = await applyPending(place, files);
    await placeFunctions(place, program);
    if (grantee !== undefined)
      await inTransaction(place, "The grants", () => grantAccess(client, schema, grantee));
    return { applied, version: state.newest };
  });
}

const usualTimeoutMs = 60_000;

interface Place {
  readonly client: pg.Client;
  readonly schema: string;
  readonly timeoutMs: number;
}

async function applyPending(place: Place, { migrations }: SchemaFiles): Promise<readonly string[]> {
  const { client, schema } = place;
  await inTransaction(place, "The schema", async () => {
    const { rows } = await client.query("select from pg_namespace where nspname = $1", [schema]);
    if (rows.length === 0) await client.query(`create schema ${quoteIdentifier(schema)}`);
    await client.query(bookkeepingTables);
  });
  const applied: string[] = [];
  for (const file of migrations) if (await apply(place, file)) applied.push(`${file.id} ${file.name}`);
  return applied;
}

const bookkeepingTables = `
  create table if not exists migrations (
    id integer primary key,
    name text not null,
    hash text not null,
    executed_at timestamptz not null default now()
  );
  create table if not exists functions (
    is_only boolean primary key default true check (is_only),
    hash text not null,
    program text not null
  )`;

/** A migration and its row in one transaction; false when it had been applied. */
async function apply(place: Place, { id, name, text, hash }: SchemaFile): Promise<boolean> {
  const { client } = place;
  return await inTransaction(place, `Migration ${id} ${name}`, async () => {
    const { rowCount } = await client.query(
      "insert into migrations (id, name, hash) values ($1, $2, $3) on conflict (id) do nothing",
      [id, name, hash],
    );
    if (rowCount === 0) return false;
    await client.query(text);
    return true;
  });
}

async function placeFunctions(place: Place, program: Program): Promise<void> {
  const { client, schema } = place;
  const { files, version } = program;
  await inTransaction(place, "The functions", async () => {
    // A newer program may have come in between.
    if ((await readSchemaState(sessionOf(client), schema, program)).kind !== "behind") return;
    // They may call one another in any order.
    await client.query("set local check_function_bodies = off");
    for (const { text } of files.functions) await client.query(text);
    await client.query(
      `insert into functions (hash, program) values ($1, $2)
        on conflict (is_only) do update set hash = excluded.hash, program = excluded.program`,
      [files.functionsHash, version],
    );
  });
}

// Any number that nobody else uses.
const migrationLock = "7311190431";

// Behind a pooler the next transaction may be another session's: lock, limit and path go with each. Functions take the path
// along: with pg_temp at its end nobody's temporary table stands in for one of ours.
async function inTransaction<T>(
  { client, schema, timeoutMs }: Place,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const path = `${quoteIdentifier(schema)}, pg_temp`;
  await client.query(`begin; set local statement_timeout = ${timeoutMs}; set local search_path to ${path}`);
  try {
    await client.query(`select pg_advisory_xact_lock(${migrationLock})`);
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(() => undefined);
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new MigrationError(`${what} failed: ${error.message}`, { cause: error });
  }
}

class MigrationError extends Error {}

// The role that migrates owns the tables: granting it less than it has would take rights away.
async function otherRole(client: pg.Client, role: string | undefined): Promise<string | undefined> {
  const { rows } = await client.query<{ user: string }>("select current_user::text as user");
  return rows[0]?.user === role ? undefined : role;
}

// Partitions are reached through their parents, whose rights count.
const ownTables = `pg_class c where c.relnamespace = $1::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`;

async function hasAccess(client: pg.Client, schema: string, role: string | undefined): Promise<boolean> {
  if (role === undefined) return true;
  const { rows } = await client.query<{ has_access: boolean }>(
    `select has_schema_privilege($2, $1::regnamespace, 'usage')
        and bool_and(has_table_privilege($2, c.oid, 'select')) as has_access from ${ownTables}`,
    [quoteIdentifier(schema), role],
  );
  return rows[0]?.has_access === true;
}

async function grantAccess(client: pg.Client, schema: string, role: string): Promise<void> {
  const [to, from] = [quoteIdentifier(role), quoteIdentifier(schema)];
  const { rows } = await client.query<{ name: string }>(`select c.oid::regclass as name from ${ownTables}`, [
    from,
  ]);
  await client.query(`
    grant usage on schema ${from} to ${to};
    grant select, insert, update, delete on ${rows.map(({ name }) => name).join(", ")} to ${to};
    grant usage, select, update on all sequences in schema ${from} to ${to};
    grant execute on all functions in schema ${from} to ${to};
    revoke insert, update, delete on ${from}.migrations, ${from}.functions from ${to};
    revoke update, delete on ${from}.events, ${from}.evidence from ${to}`);
}

async function connected<T>(
  options: Pick<MigrateOptions, "connection" | "timeoutMs">,
  work: (client: pg.Client, name: DatabaseName) => Promise<T>,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs;
  const name = databaseNameOf(options.connection);
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, ...options.connection });
  client.on("error", () => undefined);
  // Another migration may hold the lock without a limit; ending the client ends that wait as well.
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void client.end().catch(() => undefined);
  }, timeoutMs);
  try {
    await client.connect();
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
    { hint: "Check whether another migration still runs, then run `launch db migrate`." },
  );
}

function decodeMigrationError(error: unknown, name: DatabaseName): LaunchError {
  const reason = error instanceof Error ? error.message : String(error);
  const isDenied = /permission denied/.test(reason);
  if (!(error instanceof MigrationError) && !isDenied) return decodeError(error, name);
  return new StoreError("LAUNCH_MIGRATION_FAILED", `Database "${name.database}" at ${name.host}: ${reason}`, {
    hint: isDenied
      ? "Set database.migrate_url to a role that may create the schema, then run `launch db migrate`."
      : "Nothing of the failed migration was kept. Remove the cause, then run `launch db migrate`.",
  });
}
