import pg from "pg";
import type { DatabaseServerFacts } from "../../domain/database/server-facts.ts";
import { instant } from "../../domain/time.ts";

// Whoever may not see what standbys do sees that they are there.
const question = `select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms, pg_backend_pid() as pid,
    current_setting('synchronous_standby_names') as synchronous_names, current_setting('synchronous_commit') as synchronous_commit,
    (select count(*)::int from pg_stat_replication) as standbys`;

interface Answer {
  readonly now_ms: number;
  readonly pid: number;
  readonly synchronous_names: string;
  readonly synchronous_commit: string;
  readonly standbys: number;
}

/** What the server says of itself, by a connection of its own that is closed again; a pooler that allows no transactions refuses. */
export async function readServer(connection: pg.ClientConfig): Promise<DatabaseServerFacts> {
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, query_timeout: 5_000, ...connection });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("begin");
    const { rows } = await client.query<Answer>(question);
    await client.query("commit");
    const [row] = rows;
    // A pooler names itself when one connects to it.
    const { processID } = client as unknown as { readonly processID: number | null };
    return {
      now: instant(row?.now_ms ?? Number.NaN),
      isPooled: processID !== row?.pid,
      synchronousNames: row?.synchronous_names ?? "",
      synchronousCommit: row?.synchronous_commit ?? "",
      standbys: row?.standbys ?? 0,
    };
  } finally {
    await client.end().catch(() => undefined);
  }
}
