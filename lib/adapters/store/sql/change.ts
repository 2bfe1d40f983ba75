import type { Instant } from "../../../domain/time.ts";
import { timestamp } from "./decode.ts";
import { type Row, type Session, send } from "./session.ts";

/**
 * A row, or rows, as one JSON document. PostgreSQL refuses zero bytes and halves of characters: what a program of somebody's printed must
 * not keep what happened from being stored.
 */
export function asJson(rows: Row | readonly Row[]): string {
  const text = JSON.stringify(rows);
  // Nearly all rows hold none, and a long list is looked through in no time.
  if (!/\\u(?:0000|d[89a-f])/.test(text)) return text;
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === "string" ? value.replaceAll(/[\0\p{Surrogate}]/gu, "\ufffd") : value,
  );
}

/** As instants are called everywhere. */
const instantName = /(?:^at|At|Since|Until)$/;

/** The fields as columns of the same names in snake_case, instants, known by their names, as timestamps. */
export function asColumns(fields: object): Row {
  const nameOf = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const columns = Object.entries(fields).map(([field, value]) => {
    const isInstant = typeof value === "number" && instantName.test(field);
    return [nameOf(field), isInstant ? timestamp(value as Instant) : value];
  });
  return Object.fromEntries(columns);
}

/** Adds one row. */
export async function insertRow(session: Session, table: string, columns: Row): Promise<void> {
  const parameters = Object.keys(columns).map((_, index) => `$${index + 1}`);
  const text = `insert into launch.${table} (${Object.keys(columns).join(", ")}) values (${parameters.join(", ")})`;
  await session.query({ text, values: Object.values(columns) });
}

/** Which row is changed, found as in `runs where run_id`. */
interface RowChange {
  readonly where: `${string} where ${string}`;
  readonly id: string;
  /** What follows for other columns, by the parameter of each that is changed, such as `$3`. */
  readonly alsoSet?: (parameterOf: ReadonlyMap<string, string>) => string;
}

/** Changes these columns in one row, and nothing else; one that is undefined becomes null. */
export async function updateRow(
  session: Session,
  { where, id, alsoSet = () => "" }: RowChange,
  columns: Row,
): Promise<void> {
  const parameterOf = new Map(Object.keys(columns).map((column, index) => [column, `$${index + 2}`]));
  if (parameterOf.size === 0) return;
  const list = [...parameterOf].map(([column, parameter]) => `${column} = ${parameter}`).join(", ");
  const [table, key] = where.split(" where ");
  const text = `update launch.${table} set ${list}${alsoSet(parameterOf)} where ${key} = $1`;
  await send(session, text, [id, ...Object.values(columns).map((value) => value ?? null)]);
}
