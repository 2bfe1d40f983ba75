import { type Account, anyVenue, type CountryCode, type VenueName } from "../../domain/account.ts";
import { parseName } from "../../domain/ids.ts";
import { UsageError } from "../../errors.ts";
import { requireAccount } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { newGroup } from "./new-group.ts";
import { requireVenues } from "./require-venues.ts";

/** What an edit gives anew; what is absent stays, an empty list means any, `null` takes the account out of its group. */
export interface AccountEdit {
  readonly venues?: readonly VenueName[];
  /** The venues may have names that nobody knows yet. */
  readonly newVenue?: boolean;
  readonly allowedCountries?: readonly CountryCode[];
  readonly groupName?: string | null;
}

export interface EditedAccount {
  readonly account: Account;
  readonly changed: readonly string[];
  /** Set when no other account is of this group. */
  readonly newGroup: string | undefined;
}

/** Changes an account; a running bot of it proves its exit anew at the next renewal. */
export async function editAccount(
  operator: Operator,
  name: string,
  edit: AccountEdit,
): Promise<EditedAccount> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    const { venues, allowedCountries, groupName } = edit;
    const group = typeof groupName === "string" ? parseName(groupName, "a group") : undefined;
    const change = {
      ...(venues === undefined
        ? {}
        : {
            venues:
              venues.length === 0 ? [anyVenue] : await requireVenues(store, venues, edit.newVenue === true),
          }),
      ...(allowedCountries === undefined ? {} : { allowedCountries }),
      ...(groupName === undefined ? {} : { groupName: group }),
    };
    const changed = Object.keys(change).map((key) => wordOf[key] ?? key);
    if (changed.length === 0)
      throw new UsageError("LAUNCH_USAGE", `You gave nothing to change on account "${name}".`, {
        hint: "`launch account edit --help` lists what can be changed.",
      });
    const said = await newGroup(store, group, account.id);
    await store.accounts.update(account.id, change);
    await record(operator, store, {
      kind: "account.edited",
      accountId: account.id,
      message: `Account ${name} was edited: ${changed.join(", ")}.`,
    });
    return { account: { ...account, ...change }, changed, newGroup: said };
  });
}

// As the flags call them.
const wordOf: Readonly<Record<string, string>> = {
  venues: "venue",
  allowedCountries: "country",
  groupName: "group",
};
