// The export is NDJSON: a header line with the schema's version, a line a row with every id kept, and a last line that
// counts the rows, so that a file cut short is noticed. Credentials stay sealed. Leases and requests are facts of the
// moment and stay behind, as do runs that have not ended.
import { UsageError } from "../../errors.ts";
import { type ConnectionOptions, openConnections } from "./connections.ts";
import { numberAt, rowAt } from "./sql/decode.ts";
import type { Row, Session } from "./sql/session.ts";

/** Format 1 had other tables: `format-1.ts` reads it. */
export const exportFormat = 2;

/** Every exported table in an order that foreign keys allow, with the column that orders its rows. */
export const exportedTables: Readonly<Record<string, { readonly order: string; readonly where?: string }>> = {
  accounts: { order: "id" },
  network_proxies: { order: "id" },
  account_proxy_assignments: { order: "id" },
  runs: { order: "run_id", where: "t.ended_at is not null" },
  exit_uses: { order: "id" },
  proxy_checks: { order: "id" },
  events: { order: "id" },
  units: { order: "unit_key" },
  reputations: { order: "exit_key, venue" },
  acceptances: { order: "account_id, venue, exit_key" },
  registrations: { order: "account_id, exit_ip, from_at" },
  traffic: { order: "account_id, month, venue" },
  switch_permits: { order: "at, id" },
  evidence: { order: "stored_at, id" },
};

/** Writes everything as lines, from one snapshot; gives back the number of rows. `write` may wait for its reader. */
export async function exportAll(
  options: ConnectionOptions,
  write: (line: string) => Promise<void> | void,
): Promise<number> {
  const connections = openConnections(options);
  try {
    // A pager may take its time between two pages.
    return await connections.transaction((session) => writeAll(session, write), 600_000);
  } finally {
    await connections.close();
  }
}

async function writeAll(session: Session, write: (line: string) => Promise<void> | void): Promise<number> {
  await session.query({ text: "set transaction isolation level repeatable read, read only" });
  const [row] = await session.query({ text: "select max(id) as version from launch.migrations" });
  if (row === undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", "The database has no schema to export.");
  await write(JSON.stringify({ slipway: exportFormat, schemaVersion: numberAt(row, "version") }));
  let count = 0;
  for (const [table, { order, where = "true" }] of Object.entries(exportedTables)) {
    await session.query({
      text: `declare rows cursor for select to_jsonb(t) as row from launch.${table} t where ${where} order by ${order}`,
    });
    for (let page = await nextPage(session); page.length > 0; page = await nextPage(session)) {
      for (const exported of page) await write(JSON.stringify({ table, row: exported }));
      count += page.length;
    }
    await session.query({ text: "close rows" });
  }
  await write(JSON.stringify({ end: true, rows: count }));
  return count;
}

async function nextPage(session: Session): Promise<readonly Row[]> {
  const rows = await session.query({ text: "fetch 500 from rows" });
  return rows.map((row) => rowAt(row, "row"));
}
