import { isJsonObject, parseJson } from "../../domain/text/json-object.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import { type ConnectionOptions, openConnections } from "./connections.ts";
import { exportedTables, exportFormat } from "./export.ts";
import { fromFormat1 } from "./format-1.ts";
import { numberAt, optionalTextAt, textAt } from "./sql/decode.ts";
import type { Row, Session } from "./sql/session.ts";

/** Reads what `exportAll` wrote into a migrated database without accounts or proxies: all of it, or nothing. Gives back the number of rows. */
export async function importAll(
  options: ConnectionOptions,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<number> {
  const file = await readExport(lines);
  const connections = openConnections(options);
  try {
    return await connections.transaction((session) => storeAll(session, file));
  } finally {
    await connections.close();
  }
}

interface ExportFile {
  /** Of the database that it was made from; undefined in format 1, whose versions count otherwise. */
  readonly schemaVersion: number | undefined;
  readonly rows: readonly ExportedRow[];
}

interface ExportedRow {
  readonly line: number;
  readonly table: string;
  readonly row: Row;
}

// Everything is read before the transaction begins: a slow pipe must not hold it open.
async function readExport(lines: Iterable<string> | AsyncIterable<string>): Promise<ExportFile> {
  let line = 0;
  let header: Header | undefined;
  let count = 0;
  let isWhole = false;
  const rows: ExportedRow[] = [];
  for await (const text of lines) {
    line += 1;
    if (text.trim() === "") continue;
    const value = parseLine(text, line);
    if (header === undefined) header = readHeader(value);
    else if (value["end"] === true) isWhole = value["rows"] === count;
    else {
      count += 1;
      rows.push(...readRow(value, line, header));
    }
  }
  if (header === undefined || !isWhole) {
    throw rejected(`The export ends after line ${line} without its last line: it is incomplete.`);
  }
  return { schemaVersion: header.format === 1 ? undefined : header.schemaVersion, rows };
}

function parseLine(text: string, line: number): Row {
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  // Without the line itself: it may hold a sealed credential.
  throw rejected(`Line ${line} is not a line of an export.`);
}

interface Header {
  readonly format: number;
  readonly schemaVersion: number;
}

function readHeader({ slipway: format, schemaVersion }: Row): Header {
  if (typeof format !== "number" || typeof schemaVersion !== "number")
    throw rejected("Line 1 is not the header of an export.");
  if (format === 1 || format === exportFormat) return { format, schemaVersion };
  throw rejected(`The export has format ${format}; this Slipway reads formats 1 to ${exportFormat}.`);
}

function readRow(value: Row, line: number, { format }: Header): readonly ExportedRow[] {
  const { table, row } = value;
  if (typeof table !== "string") throw rejected(`Line ${line} does not name a table of an export.`);
  if (typeof row !== "object" || row === null) throw rejected(`Line ${line} contains no row.`);
  const { endpoint_url: endpoint } = row as Row;
  // The database would refuse it too, and write the whole row into its log.
  if (typeof endpoint === "string" && endpoint.includes("@"))
    throw rejected(`Line ${line} has an endpoint_url with a user part.`);
  const present = format === 1 ? fromFormat1({ table, row: row as Row }) : [{ table, row: row as Row }];
  return present.map((each) => {
    if (!Object.hasOwn(exportedTables, each.table))
      throw rejected(`Line ${line} does not name a table of an export.`);
    return { line, ...each };
  });
}

async function storeAll(session: Session, file: ExportFile): Promise<number> {
  await refuseOccupied(session);
  await refuseNewer(session, file.schemaVersion);
  for (const table of Object.keys(exportedTables)) {
    const columns = await columnsOf(session, table);
    for (const batch of batchesOf(file.rows.filter((row) => row.table === table))) {
      await storeBatch(session, table, columns, batch).catch((error: unknown) => {
        throw refusedBatch(error, table, batch);
      });
    }
    if (columns.numbered !== undefined) await session.query({ text: restartText(table, columns.numbered) });
  }
  return file.rows.length;
}

async function refuseOccupied(session: Session): Promise<void> {
  const [row] = await session.query({
    text: "select (select count(*) from launch.accounts) as accounts, (select count(*) from launch.network_proxies) as proxies",
  });
  const [accounts, proxies] = [numberAt(row ?? {}, "accounts"), numberAt(row ?? {}, "proxies")];
  if (accounts + proxies === 0) return;
  throw new UsageError(
    "LAUNCH_ALREADY_EXISTS",
    `The database holds ${accounts} accounts and ${proxies} proxies; an import needs an empty one.`,
    { hint: "Choose another database with LAUNCH_DATABASE_URL, or another schema with database.schema." },
  );
}

async function refuseNewer(session: Session, version: number | undefined): Promise<void> {
  if (version === undefined) return;
  const [row] = await session.query({ text: "select max(id) as version from launch.migrations" });
  const own = numberAt(row ?? {}, "version");
  if (version <= own) return;
  throw rejected(`The export has schema version ${version}; this database has version ${own}.`);
}

interface TableColumns {
  readonly names: ReadonlySet<string>;
  /** Filled from a sequence, which goes on behind what came. */
  readonly numbered: string | undefined;
}

async function columnsOf(session: Session, table: string): Promise<TableColumns> {
  const rows = await session.query({
    text: `select attname as name, pg_get_serial_sequence('launch.${table}', attname) as sequence from pg_attribute
      where attrelid = 'launch.${table}'::regclass and attnum > 0 and not attisdropped`,
  });
  const numbered = rows.find((row) => optionalTextAt(row, "sequence") !== undefined);
  return {
    names: new Set(rows.map((row) => textAt(row, "name"))),
    numbered: numbered && textAt(numbered, "name"),
  };
}

// Rows with the same columns, at most 500 together: an older export lacks newer columns, which then get their defaults.
function batchesOf(rows: readonly ExportedRow[]): readonly (readonly ExportedRow[])[] {
  const batches: ExportedRow[][] = [];
  let shape = "";
  for (const row of rows) {
    const own = Object.keys(row.row).join();
    const last = batches.at(-1);
    if (last === undefined || own !== shape || last.length === 500) batches.push([row]);
    else last.push(row);
    shape = own;
  }
  return batches;
}

async function storeBatch(
  session: Session,
  table: string,
  columns: TableColumns,
  batch: readonly ExportedRow[],
): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const names = Object.keys(first.row);
  const unknown = names.find((name) => !columns.names.has(name));
  if (unknown !== undefined)
    throw rejected(`Line ${first.line} has a column "${unknown}" that ${table} does not have.`);
  const list = names.join(", ");
  await session.query({
    text: `insert into launch.${table} (${list}) overriding system value
      select ${list} from jsonb_populate_recordset(null::launch.${table}, $1::jsonb)`,
    values: [JSON.stringify(batch.map(({ row }) => row))],
  });
}

// What the database says of one row fits a command that was typed, and names no line.
function refusedBatch(error: unknown, table: string, batch: readonly ExportedRow[]): unknown {
  if (!(error instanceof LaunchError) || error.code === "LAUNCH_IMPORT_REJECTED") return error;
  const [from, to] = [batch[0]?.line, batch.at(-1)?.line];
  const where = `Lines ${from} to ${to} (${table})`;
  switch (error.code) {
    case "LAUNCH_ALREADY_EXISTS":
      return rejected(`${where} contain a row, a name or a label twice.`);
    case "LAUNCH_UNKNOWN_ACCOUNT":
    case "LAUNCH_UNKNOWN_PROXY":
      return rejected(`${where} name an account or a proxy that the export does not contain.`);
    case "LAUNCH_INVALID_VALUE":
    case "LAUNCH_INTERNAL":
      return rejected(`${where} cannot be stored. ${error.message}`);
    default:
      return error;
  }
}

function restartText(table: string, column: string): string {
  return `select setval(pg_get_serial_sequence('launch.${table}', '${column}'), max(${column})) from launch.${table}`;
}

function rejected(message: string): UsageError {
  return new UsageError("LAUNCH_IMPORT_REJECTED", `${message} Nothing was stored.`);
}
