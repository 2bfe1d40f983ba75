import type { Account } from "../../../../domain/account.ts";
import type { Session } from "../session.ts";

const text = `insert into launch.accounts
  (id, name, venues, allowed_countries, group_name, held_by, held_why)
  values ($1, $2, $3, $4, $5, $6, $7)`;

/** Stores a new account. */
export async function createAccount(session: Session, account: Account): Promise<void> {
  const { id, name, venues, allowedCountries, groupName, hold } = account;
  const values = [id, name, venues, allowedCountries, groupName, hold?.by, hold?.why];
  await session.query({ text, values });
}
