import { UsageError } from "../../errors.ts";
import { optionalTextAt, textAt } from "./sql/decode.ts";
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
    case "network_proxies":
      return [{ table, row: { ...row, ...stateOf(row) } }];
    case "account_proxy_assignments":
      return [{ table, row: renamed(row, { strikes: "failures" }) }];
    case "runs":
      return [{ table, row: renamed(runRow(row), { beat_at: "heartbeat_at", exempt: "bypass" }) }];
    case "reputations":
    case "key_whitelist":
      throw new UsageError(
        "LAUNCH_IMPORT_REJECTED",
        `${table} is not a table of Slipway. Nothing was stored.`,
      );
    default:
      return [{ table, row }];
  }
}

function accountRows({ wanted, ...account }: Row): readonly TableRow[] {
  const accounts = { table: "accounts", row: account };
  if (wanted !== "down") return [accounts];
  const wish = { unit_key: `bot:${textAt(account, "id")}`, wanted, by: "import", why: null };
  return [accounts, { table: "units", row: { ...wish, at: account["created_at"] } }];
}

function runRow(old: Row): Row {
  const { account_id: _a, account, collector: _c, launcher, ...rest } = old;
  const { machine_id: _m, boot_id: _b, pid_ns: _n, launcher_start_ticks: _t, ...kept } = rest;
  const { protocol_version: _p, operator_sock: _s, key_ids: _k, ...row } = kept;
  const name = optionalTextAt(old, "collector");
  const unit =
    name === undefined
      ? { unit_key: `bot:${textAt(old, "account_id")}`, name: account }
      : { unit_key: `collector:${name}`, name };
  return { ...row, ...unit, launcher_id: launcher };
}

// What it said of the transport and the credential was one host's word for all: a host finds that out anew. A drift holds everywhere.
function stateOf({ state, is_active: isActive }: Row): Row {
  if (isActive === false) return { state: "disabled", next_probe_at: null };
  if (state === "drifted" || state === "unverified") return { state };
  return { state: state === "up" ? "ok" : "unverified", next_probe_at: null };
}

// The columns that have another name since.
function renamed(row: Row, names: Readonly<Record<string, string>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [names[name] ?? name, value]));
}
