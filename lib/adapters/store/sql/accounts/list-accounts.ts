import type { Account } from "../../../../domain/account.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { accountJson, decodeAccount } from "./account-row.ts";

const text = `select ${accountJson} as account from launch.accounts a order by a.name collate "C"`;

/** Lists all accounts by name. */
export async function listAccounts(session: Session): Promise<readonly Account[]> {
  const rows = await session.query({ text, isRepeatable: true });
  return rows.map((row) => decodeAccount(rowAt(row, "account")));
}
