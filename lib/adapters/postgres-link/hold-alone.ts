import pg from "pg";

/**
 * Holds a lock in the database under this name until it is let go, or this process or the connection ends; undefined while
 * somebody else has it. It is the lock of a transaction that stays open: a session's would outlive us behind a pooler.
 */
export async function holdAlone(
  connection: pg.ClientConfig,
  name: string,
): Promise<{ letGo(): Promise<void> } | undefined> {
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, query_timeout: 5_000, ...connection });
  client.on("error", () => undefined);
  const letGo = () => client.end().catch(() => undefined);
  try {
    await client.connect();
    await client.query("begin; set local idle_in_transaction_session_timeout = 0");
    const { rows } = await client.query<{ is_held: boolean }>(
      "select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as is_held",
      [name],
    );
    if (rows[0]?.is_held === true) return { letGo };
  } catch (error) {
    await letGo();
    throw error;
  }
  await letGo();
  return undefined;
}
