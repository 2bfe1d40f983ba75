/** A row as `to_jsonb` gave it: plain JSON, so that one set of readers decodes every table. */
export type Row = Readonly<Record<string, unknown>>;

/** SQL with its parameters. Tables are written as `launch.<table>`; another schema name is put in when the statement is sent. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Sending it twice does no harm, so a broken connection may be tried once more. */
  readonly isRepeatable?: boolean;
  /** It is big and asked often: each connection plans it once, since planning it takes longer than carrying it out. */
  readonly isPlannedOnce?: boolean;
}

/** Something that statements can be sent to: the pool, or one transaction. */
export interface Session {
  query(statement: Statement): Promise<readonly Row[]>;
}

/** Sends a statement of which nothing comes back and which may be sent twice. */
export async function send(session: Session, text: string, values: readonly unknown[]): Promise<void> {
  await session.query({ text, values, isRepeatable: true });
}

/** Asks, twice if need be, and reads each row. */
export async function queryRows<T>(
  session: Session,
  statement: Omit<Statement, "isRepeatable">,
  decode: (row: Row) => T,
): Promise<readonly T[]> {
  return (await session.query({ ...statement, isRepeatable: true })).map(decode);
}

/** The same for rows that the statement selects as JSON under the name `row`. */
export function readRows<T>(
  session: Session,
  statement: Omit<Statement, "isRepeatable">,
  decode: (row: Row) => T,
): Promise<readonly T[]> {
  return queryRows(session, statement, ({ row }) => decode(row as Row));
}

/** Whether the statement, which may be sent only once, gives a row: it found what it was to change. */
export async function hasChanged(
  session: Session,
  text: string,
  values: readonly unknown[],
): Promise<boolean> {
  return (await session.query({ text, values })).length > 0;
}

/** A PostgreSQL identifier in quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Puts the schema's name in the place of `launch.`; values never stand in the text, so nothing else can match. */
export function inSchema(text: string, schema: string): string {
  return schema === "launch" ? text : text.replaceAll(/\blaunch\./g, `${quoteIdentifier(schema)}.`);
}
