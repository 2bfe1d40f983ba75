import { ConfigError } from "../../errors.ts";
import type { SchemaFiles } from "./schema-files.ts";
import { booleanAt, numberAt, optionalNumberAt, textAt } from "./sql/decode.ts";
import { quoteIdentifier, type Row, type Session } from "./sql/session.ts";
import type { DatabaseName } from "./store-errors.ts";

/**
 * How a database stands to this program. `empty`: nothing of anybody's, or our schema made ready without tables.
 * `foreign`: tables of somebody else's (extensions apart) and no schema of ours, or a schema of our name that we did not make.
 * `current`: a newer program may have added to it, for what only adds keeps older programs working. `too-new`: one has taken something
 * away since (docs/data.md, Migrations). `superseded`: made by a build from before the migrations were written anew; only an export leads on from it.
 */
export interface SchemaState {
  readonly kind: "empty" | "foreign" | "superseded" | "behind" | "current" | "too-new";
  /** The newest migration applied; -1 when none. */
  readonly version: number;
  /** The newest migration this program knows. */
  readonly newest: number;
  /** The process of the server that answered. */
  readonly backend: number;
}

const questions = `
  select pg_backend_pid() as backend, exists (select from pg_namespace where nspname = $1) as has_schema,
    to_regclass($2) is not null as has_migrations,
    count(*) filter (where n.nspname = $1)::integer as own_tables,
    count(*) filter (where n.nspname <> $1)::integer as other_tables
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

/** What a program brings along. */
export interface Program {
  readonly files: SchemaFiles;
  /** The version of the program: an older one leaves a newer one's functions alone. */
  readonly version: string;
}

/** The state by one question where the schema is this program's; undefined where it takes more of them to tell. */
export async function readCurrentState(
  session: Session,
  schema: string,
  { files, version: program }: Program,
): Promise<SchemaState | undefined> {
  const newest = files.migrations.at(-1)?.id ?? 0;
  const [migrations, functions] = ["migrations", "functions"].map(
    (name) => `${quoteIdentifier(schema)}.${name}`,
  );
  const text = `select pg_backend_pid() as backend, m.version, m.is_superseded, f.hash, f.program
    from (select max(id) as version, bool_or(id = 0) as is_superseded from ${migrations}) m, ${functions} f`;
  // A table that is missing, or may not be read, means one thing or another.
  const [answer] = await session.query({ text, isRepeatable: true }).catch(() => []);
  if (answer === undefined || answer["is_superseded"] !== false) return undefined;
  const version = optionalNumberAt(answer, "version");
  if (version !== newest || !isPlaced(answer, files, program)) return undefined;
  return { kind: "current", version, newest, backend: numberAt(answer, "backend") };
}

/** Reads the state; changes nothing and needs no right beyond reading. */
export async function readSchemaState(
  session: Session,
  schema: string,
  { files, version: program }: Program,
): Promise<SchemaState> {
  const newest = files.migrations.at(-1)?.id ?? 0;
  const table = `${quoteIdentifier(schema)}.migrations`;
  const ask = async (text: string, values: readonly unknown[] = []) =>
    (await session.query({ text, values, isRepeatable: true }))[0];
  const answer = await ask(questions, [schema, table]);
  const backend = numberAt(answer ?? {}, "backend");
  const known = { newest, backend };
  if (answer === undefined || !booleanAt(answer, "has_schema")) {
    const isUsed = answer !== undefined && numberAt(answer, "other_tables") > 0;
    return { kind: isUsed ? "foreign" : "empty", version: -1, ...known };
  }
  if (!booleanAt(answer, "has_migrations"))
    return { kind: numberAt(answer, "own_tables") > 0 ? "foreign" : "empty", version: -1, ...known };
  const applied = await ask(
    `select max(id) as version, max(id) filter (where name like 'contract\\_%') as contracted,
      bool_or(id = 0) as is_superseded from ${table}`,
  );
  const version = applied === undefined ? -1 : (optionalNumberAt(applied, "version") ?? -1);
  // The library that applied the first migrations wrote a row of its own, with id 0.
  if (applied?.["is_superseded"] === true) return { kind: "superseded", version, ...known };
  const contracted = optionalNumberAt(applied ?? {}, "contracted") ?? 0;
  if (version > newest) return { kind: contracted > newest ? "too-new" : "current", version, ...known };
  if (version < newest) return { kind: "behind", version, ...known };
  const placed = await ask(`select hash, program from ${quoteIdentifier(schema)}.functions`);
  const isCurrent = placed !== undefined && isPlaced(placed, files, program);
  return { kind: isCurrent ? "current" : "behind", version, ...known };
}

/** The error of a schema whose migrations this program does not continue. */
export function schemaSuperseded({ host, database }: DatabaseName): ConfigError {
  return new ConfigError(
    "LAUNCH_SCHEMA_OUTDATED",
    `Database "${database}" at ${host} was made by an older build with the former schema; it was not changed.`,
    {
      hint: "With the build that made it run `launch db export slipway.ndjson`, then with this one `launch db import slipway.ndjson` into an empty database.",
    },
  );
}

/** The error of a schema that a newer program made. */
export function schemaTooNew(state: SchemaState, { host, database }: DatabaseName): ConfigError {
  return new ConfigError(
    "LAUNCH_SCHEMA_TOO_NEW",
    `Database "${database}" at ${host} has schema version ${state.version}; this Slipway knows versions up to ${state.newest}.`,
    { hint: "Install the newer Slipway, or use another database." },
  );
}

/** The error of a database that belongs to something else. */
export function foreignDatabase(schema: string, { host, database }: DatabaseName): ConfigError {
  return new ConfigError(
    "LAUNCH_FOREIGN_DATABASE",
    `Database "${database}" at ${host} holds tables of another program and no schema "${schema}" of Slipway; it was not changed.`,
    { hint: "Run `launch db migrate` to create the schema in it, or name another database." },
  );
}

function isPlaced(placed: Row, files: SchemaFiles, program: string): boolean {
  return placed["hash"] === files.functionsHash || isNewer(textAt(placed, "program"), program);
}

function isNewer(left: string, right: string): boolean {
  return left.localeCompare(right, "en", { numeric: true }) > 0;
}
