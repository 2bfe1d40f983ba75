import { type Account, anyVenue, type CountryCode, type VenueName } from "../../domain/account.ts";
import { parseName } from "../../domain/ids.ts";
import type { IpAddress } from "../../domain/ip.ts";
import type { Instant } from "../../domain/time.ts";
import { UsageError } from "../../errors.ts";
import { nextChangeAt } from "../../policy/reputation/registration.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { requireVenues } from "../require-venues.ts";
import { newGroup } from "./new-group.ts";
import { readChangeLimit, register } from "./register-exits.ts";

/** What an edit gives anew; what is absent stays, an empty list means any, `null` takes away what there was. */
export interface AccountEdit {
  readonly venues?: readonly VenueName[];
  /** The venues may have names that nobody knows yet. */
  readonly newVenue?: boolean;
  readonly allowedCountries?: readonly CountryCode[];
  readonly groupName?: string | null;
  /** The exits that its venues know; an empty list means that every exit may be used. */
  readonly registered?: readonly IpAddress[];
  readonly registeredChanges?: string | null;
  readonly keyLabel?: string | null;
}

export interface EditedAccount {
  readonly account: Account;
  readonly changed: readonly string[];
  /** Set when no other account is of this group. */
  readonly newGroup: string | undefined;
  /** Set where the list of registered exits was given and a limit is declared: when it may be changed again. */
  readonly nextChangeAt: Instant | undefined;
}

/** Changes an account; a running bot of it proves its exit anew at the next renewal. */
export async function editAccount(
  operator: Operator,
  name: string,
  edit: AccountEdit,
): Promise<EditedAccount> {
  return await operator.store.transaction(async (store) => {
    const account = await requireAccount(store, name);
    const change = await readChange(store, edit);
    const listed = edit.registered && (await register(operator, store, account, edit.registered));
    const changed = [
      ...Object.keys(change).map((key) => wordOf[key] ?? key),
      ...(edit.registered === undefined ? [] : ["registered"]),
    ];
    if (changed.length === 0)
      throw new UsageError("LAUNCH_USAGE", `Nothing to change on account "${name}" was given.`, {
        hint: "`launch account edit --help` lists what can be changed.",
      });
    const said = await newGroup(store, change.groupName, account.id);
    await store.accounts.update(account.id, change);
    await record(operator, store, {
      kind: "account.edited",
      accountId: account.id,
      message: `Account ${name} was edited: ${changed.join(", ")}.`,
      ...(listed === undefined ? {} : { evidence: { registered: listed } }),
    });
    const edited = { ...account, ...change };
    const history = edit.registered === undefined ? [] : await store.accounts.registrations(account.id);
    return {
      account: edited,
      changed,
      newGroup: said,
      nextChangeAt: edit.registered && nextChangeAt(history, edited.registeredChanges, operator.clock.now()),
    };
  });
}

type AccountChange = Partial<Omit<Account, "id" | "name" | "wanted" | "hold">>;

async function readChange(store: Store, edit: AccountEdit): Promise<AccountChange> {
  const { venues, newVenue = false, allowedCountries, groupName, registeredChanges, keyLabel } = edit;
  const isAny = venues?.length === 0;
  return {
    ...(venues && { venues: isAny ? [anyVenue] : await requireVenues(store, venues, newVenue) }),
    ...(allowedCountries && { allowedCountries }),
    ...(groupName !== undefined && {
      groupName: groupName === null ? undefined : parseName(groupName, "a group"),
    }),
    ...(registeredChanges !== undefined && {
      registeredChanges: registeredChanges === null ? undefined : readChangeLimit(registeredChanges),
    }),
    ...(keyLabel !== undefined && {
      keyLabel: keyLabel === null ? undefined : parseName(keyLabel, "the label of an API key"),
    }),
  };
}

// As the flags call them.
const wordOf: Readonly<Record<string, string>> = {
  venues: "venue",
  allowedCountries: "country",
  groupName: "group",
  registeredChanges: "registered-changes",
  keyLabel: "key-label",
};
