import type { Account, CountryCode, VenueName } from "../../domain/account.ts";
import type {
  AccountEntry,
  AccountLineNote,
  AccountListReading,
} from "../../domain/account-list/read-account-list.ts";
import { LaunchError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";
import { assignProxy } from "../assignments/change-assignment.ts";
import { firstOf } from "../first-of.ts";
import type { Operator } from "../operator.ts";
import { type AddAccountRequest, type AddedAccount, addAccount } from "./add-account.ts";

/** Adds several accounts, all or nothing. */
export async function addAccounts(
  operator: Operator,
  requests: readonly AddAccountRequest[],
): Promise<readonly AddedAccount[]> {
  return await operator.store.transaction(async (store) => {
    const added: AddedAccount[] = [];
    for (const request of requests) added.push(await addAccount({ ...operator, store }, request));
    return added;
  });
}

/** What a list does not say of its accounts. */
export interface AccountDefaults {
  readonly venues: readonly VenueName[];
  readonly newVenue: boolean;
  readonly countries: readonly CountryCode[];
  readonly groupName: string | undefined;
}

export interface ImportedAccount {
  readonly line: number;
  readonly name: string;
  readonly outcome: "added" | "unchanged";
}

/** Brings a list of accounts in, all or nothing: every line that cannot be stored is named. An account that is there as the list says stays. */
export async function importAccounts(
  operator: Operator,
  { entries, problems }: AccountListReading,
  defaults: AccountDefaults,
): Promise<readonly ImportedAccount[]> {
  return await operator.store.transaction(async (store) => {
    const trouble: AccountLineNote[] = [...problems];
    const done: ImportedAccount[] = [];
    for (const entry of entries) {
      try {
        const outcome = await importOne({ ...operator, store }, entry, defaults);
        done.push({ line: entry.line, name: entry.name, outcome });
      } catch (error) {
        if (!(error instanceof LaunchError)) throw error;
        const hint = error.hint === undefined ? "" : ` ${error.hint}`;
        trouble.push({ line: entry.line, what: `${error.message}${hint}` });
      }
    }
    if (trouble.length > 0) throw rejected(trouble);
    return done;
  });
}

async function importOne(
  operator: Operator,
  entry: AccountEntry,
  defaults: AccountDefaults,
): Promise<ImportedAccount["outcome"]> {
  const { name } = entry;
  const wanted = {
    venues: entry.venues ?? defaults.venues,
    allowedCountries: entry.countries ?? defaults.countries,
    groupName: entry.groupName ?? defaults.groupName,
  };
  const present = await operator.store.accounts.find(name);
  // A failed line must leave nothing behind: the others go on to be read.
  return await operator.store.transaction(async (store) => {
    const inside = { ...operator, store };
    if (present === undefined) {
      await addAccount(inside, { name, ...wanted, newVenue: defaults.newVenue, proxy: undefined });
    } else requireSame(present, wanted);
    const isNew = await assignAll(inside, store, entry);
    return present === undefined || isNew ? "added" : "unchanged";
  });
}

async function assignAll(
  operator: Operator,
  store: Store,
  { name, proxies }: AccountEntry,
): Promise<boolean> {
  let isNew = false;
  for (const label of proxies) {
    const proxy = await store.proxies.find(label);
    const account = await store.accounts.find(name);
    const held = account && (await store.accounts.assignments({ accountId: account.id }));
    if (proxy !== undefined && held?.some(({ proxyId }) => proxyId === proxy.id)) continue;
    await assignProxy(operator, { accountName: name, proxyLabel: label }, undefined);
    isNew = true;
  }
  return isNew;
}

// What an operator changed since must not be taken back by an old list.
function requireSame(
  present: Account,
  wanted: Pick<Account, "allowedCountries" | "groupName"> & { readonly venues: readonly VenueName[] },
): void {
  const differs = [
    wanted.venues.length > 0 && !isSameSet(wanted.venues, present.venues) ? "venues" : undefined,
    wanted.allowedCountries.length > 0 && !isSameSet(wanted.allowedCountries, present.allowedCountries)
      ? "countries"
      : undefined,
    wanted.groupName !== undefined && wanted.groupName !== present.groupName ? "group" : undefined,
  ].filter((what) => what !== undefined);
  if (differs.length === 0) return;
  throw new LaunchError(
    "LAUNCH_ALREADY_EXISTS",
    `Account "${present.name}" is there with other ${differs.join(" and ")}.`,
    {
      hint: `Change it with \`launch account edit ${present.name}\`.`,
    },
  );
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}

const mostShown = 20;

function rejected(trouble: readonly AccountLineNote[]): LaunchError {
  const lines = trouble.toSorted((a, b) => a.line - b.line).map(({ line, what }) => `line ${line}: ${what}`);
  const shown = firstOf(lines, mostShown).map((line) => `\n  ${line}`);
  return new LaunchError(
    "LAUNCH_IMPORT_REJECTED",
    `${lines.length} line${lines.length === 1 ? "" : "s"} cannot be stored, so nothing was:${shown.join("")}`,
    { hint: "Correct these lines and import the list again." },
  );
}
