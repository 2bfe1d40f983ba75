import type { Account } from "../../../../domain/account.ts";
import { rowAt } from "../decode.ts";
import type { Session } from "../session.ts";
import { accountJson, decodeAccount } from "./account-row.ts";

const text = `select ${accountJson} as account from launch.accounts a where a.name = $1`;

/** Finds an account by its name. */
export async function findAccount(session: Session, name: string): Promise<Account | undefined> {
  const [row] = await session.query({ text, values: [name], isRepeatable: true });
  return row && decodeAccount(rowAt(row, "account"));
}
