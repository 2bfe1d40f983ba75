import pg from "pg";
import { type Instant, instant } from "../../domain/time.ts";

/** The database's own clock, by a connection of its own that is closed again. */
export async function readClock(connection: pg.ClientConfig): Promise<Instant> {
  const client = new pg.Client({ connectionTimeoutMillis: 5_000, query_timeout: 5_000, ...connection });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ now_ms: number }>(
      "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms",
    );
    return instant(rows[0]?.now_ms ?? Number.NaN);
  } finally {
    await client.end().catch(() => undefined);
  }
}
