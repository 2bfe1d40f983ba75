import { UsageError } from "../../errors.ts";
import type { Row } from "./sql/session.ts";

interface TableRow {
  readonly table: string;
  readonly row: Row;
}

/** Turns a row of an export of format 1, from before the schema was written anew, into rows of today's tables. */
export function fromFormat1({ table, row }: TableRow): readonly TableRow[] {
  switch (table) {
    case "accounts":
      return accountRows(row);
    case "reputations":
    case "key_whitelist":
      throw new UsageError("LAUNCH_IMPORT_REJECTED", `No Slipway ever wrote ${table}. Nothing was stored.`);
    default:
      return [{ table, row }];
  }
}

function accountRows({ wanted, ...account }: Row): readonly TableRow[] {
  const accounts = { table: "accounts", row: account };
  if (wanted !== "down") return [accounts];
  const wish = { unit_key: `bot:${String(account["id"])}`, wanted, by: "import", why: null };
  return [accounts, { table: "units", row: { ...wish, at: account["created_at"] } }];
}
