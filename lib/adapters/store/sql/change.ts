import type { Row, Session } from "./session.ts";

/** Columns with their new values; an array of pairs, so that one field may fill several columns. */
export type Columns = readonly (readonly [column: string, value: unknown])[];

/** How each field of a change becomes columns. */
export type ChangeColumns<Change> = {
  readonly [Field in keyof Change]-?: (value: Change[Field]) => Columns;
};

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
  const encoders = columns as Row as Readonly<Record<string, (value: unknown) => Columns>>;
  const pairs = Object.entries(change).flatMap(([field, value]) => encoders[field]?.(value) ?? []);
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
  await session.query({ text, values: [id, ...set.values], isRepeatable: true });
}
