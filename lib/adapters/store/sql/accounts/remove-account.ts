import type { AccountId } from "../../../../domain/ids.ts";
import type { Session } from "../session.ts";

const text = `with wish as (delete from launch.units where unit_key = 'bot:' || $1::uuid)
  delete from launch.accounts where id = $1`;

/** Removes an account; its assignments go with it, its history stays. */
export async function removeAccount(session: Session, id: AccountId): Promise<void> {
  await session.query({ text, values: [id], isRepeatable: true });
}
