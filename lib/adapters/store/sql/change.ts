import { type Row, type Session, send } from "./session.ts";

/** Columns with their new values; an array of pairs, so that one field may fill several columns. */
export type Columns = readonly (readonly [column: string, value: unknown])[];

/** How each field of a change becomes columns. */
export type ChangeColumns<Change> = {
  readonly [Field in keyof Change]-?: (value: Change[Field]) => Columns;
};

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

/** The fields as columns of the same names in snake_case; instants have to be timestamps already. */
export function asColumns(fields: object): Row {
  const nameOf = (field: string) => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [nameOf(field), value]));
}

/** The columns of the fields present in a change, each with its value. */
export function columnsOf<Change extends object>(change: Change, columns: ChangeColumns<Change>): Columns {
  const encoders = columns as Row as Readonly<Record<string, (value: unknown) => Columns>>;
  return Object.entries(change).flatMap(([field, value]) => encoders[field]?.(value) ?? []);
}

/** A `set` list with its parameters, the first of which is `$2`: `$1` is left for the row's id. */
export interface SetList {
  readonly text: string;
  readonly values: readonly unknown[];
  /** The parameter of each changed column, such as `$3`. */
  readonly parameterOf: ReadonlyMap<string, string>;
}

/** Builds the `set` list of the fields present in a change; a field present as undefined becomes null. Undefined when nothing changes. */
export function setListOf<Change extends object>(
  change: Change,
  columns: ChangeColumns<Change>,
): SetList | undefined {
  const pairs = columnsOf(change, columns);
  if (pairs.length === 0) return undefined;
  const parameterOf = new Map(pairs.map(([column], index) => [column, `$${index + 2}`]));
  const text = [...parameterOf].map(([column, parameter]) => `${column} = ${parameter}`).join(", ");
  return { text, values: pairs.map(([, value]) => value ?? null), parameterOf };
}

/** Changes what the list names in one row, found as in `runs where run_id`, and nothing else. */
export async function updateRow(
  session: Session,
  where: `${string} where ${string}`,
  id: string,
  set: SetList | undefined,
): Promise<void> {
  if (set === undefined) return;
  const [table, key] = where.split(" where ");
  const text = `update launch.${table} set ${set.text} where ${key} = $1`;
  await send(session, text, [id, ...set.values]);
}
