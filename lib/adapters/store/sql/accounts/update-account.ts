import type { AccountId } from "../../../../domain/ids.ts";
import type { AccountStore } from "../../../../ports/store/account-store.ts";
import { type ChangeColumns, setListOf } from "../change.ts";
import type { Session } from "../session.ts";

type AccountChange = Parameters<AccountStore["update"]>[1];

const columns: ChangeColumns<AccountChange> = {
  venues: (venues) => [["venues", venues]],
  allowedCountries: (countries) => [["allowed_countries", countries]],
  groupName: (name) => [["group_name", name]],
  hold: (hold) => [
    ["held_by", hold?.by],
    ["held_why", hold?.why],
  ],
};

/** Changes what the change names and nothing else. */
export async function updateAccount(session: Session, id: AccountId, change: AccountChange): Promise<void> {
  const set = setListOf(change, columns);
  if (set === undefined) return;
  await session.query({
    text: `update launch.accounts set ${set.text} where id = $1`,
    values: [id, ...set.values],
    isRepeatable: true,
  });
}
