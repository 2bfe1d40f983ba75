import type { Account } from "../domain/account.ts";
import type { Assignment } from "../domain/assignment.ts";
import { type AccountId, isName } from "../domain/ids.ts";
import { didYouMean } from "../domain/nearest-name.ts";
import type { Proxy } from "../domain/proxy/proxy.ts";
import { botKey, collectorKey, type UnitKey } from "../domain/run/unit-key.ts";
import type { AccountFacts } from "../domain/selection/selection-facts.ts";
import { fitsPattern, isNamePattern } from "../domain/text/name-pattern.ts";
import { UsageError } from "../errors.ts";
import type { Store } from "../ports/store/store.ts";
import type { Deed } from "./operator.ts";

/** Finds the account or rejects with LAUNCH_UNKNOWN_ACCOUNT, offering the nearest name. */
export async function requireAccount(store: Store, name: string): Promise<Account> {
  const account = await store.accounts.find(name);
  if (account !== undefined) return account;
  const names = (await store.accounts.list()).map((each) => each.name);
  throw new UsageError("LAUNCH_UNKNOWN_ACCOUNT", `No account is named "${name}".`, {
    hint: didYouMean(name, names).trim() || addAccountHint(name),
  });
}

/** What to type where nothing has this name: no name that could not be given, nor a pattern. */
export function addAccountHint(name: string): string {
  return isName(name)
    ? `Add it with \`launch account add ${name}\`.`
    : "`launch account ls` lists the names.";
}

/** Finds the account with all that choosing its exit goes by, or rejects with LAUNCH_UNKNOWN_ACCOUNT. */
export async function requireFacts(store: Store, name: string): Promise<AccountFacts> {
  const { id } = await requireAccount(store, name);
  const facts = await store.accounts.facts(id);
  // Removed since it was found: its name is looked for once more, for the message that names the nearest one.
  return (
    facts ?? {
      account: await requireAccount(store, name),
      candidates: [],
      registrations: [],
      incidents: [],
    }
  );
}

/** Finds the account, or all whose names fit a pattern (`fut-*`, `?`); rejects with LAUNCH_UNKNOWN_ACCOUNT when there is none. */
export async function requireAccountsLike(store: Store, pattern: string): Promise<readonly Account[]> {
  if (!isNamePattern(pattern)) return [await requireAccount(store, pattern)];
  const found = (await store.accounts.list()).filter(({ name }) => fitsPattern(name, pattern));
  if (found.length > 0) return found;
  throw new UsageError("LAUNCH_UNKNOWN_ACCOUNT", `No account is named like "${pattern}".`, {
    hint: "`launch account ls` lists the names.",
  });
}

/** Finds the proxy or rejects with LAUNCH_UNKNOWN_PROXY, offering the nearest label. */
export async function requireProxy(store: Store, label: string): Promise<Proxy> {
  const proxy = await store.proxies.find(label);
  if (proxy !== undefined) return proxy;
  const labels = (await store.proxies.list()).map((each) => each.label);
  throw new UsageError("LAUNCH_UNKNOWN_PROXY", `No proxy is labelled "${label}".`, {
    hint: didYouMean(label, labels).trim() || "`launch proxy ls` lists the labels.",
  });
}

/** Finds the assignment of a proxy to an account, or rejects with LAUNCH_UNKNOWN_PROXY naming the assigned ones. */
export async function requireAssignment(store: Store, account: Account, proxy: Proxy): Promise<Assignment> {
  const assignments = await store.accounts.assignments({ accountId: account.id });
  const found = assignments.find((each) => each.proxyId === proxy.id);
  if (found !== undefined) return found;
  throw new UsageError(
    "LAUNCH_UNKNOWN_PROXY",
    `Proxy "${proxy.label}" is not assigned to account "${account.name}".`,
    { hint: `Assign it with \`launch assign ${account.name} ${proxy.label}\`.` },
  );
}

/** A bot by its account, or a collector that a file, a run or an operator has named. */
export interface KnownUnit {
  readonly kind: "bot" | "collector";
  readonly name: string;
  readonly unitKey: UnitKey;
  readonly accountId: AccountId | undefined;
}

/** Whom an event tells of, so that it is found under the unit's name. */
export function subjectOf({ kind, name, accountId }: KnownUnit): Pick<Deed, "accountId" | "collectorName"> {
  return kind === "collector" ? { collectorName: name } : { accountId };
}

/** The bot of an account. */
export function botOf({ id, name }: Pick<Account, "id" | "name">): KnownUnit {
  return { kind: "bot", name, unitKey: botKey(id), accountId: id };
}

/** The collector of that name. */
export function collectorOf(name: string): KnownUnit {
  return { kind: "collector", name, unitKey: collectorKey(name), accountId: undefined };
}

/** What a bot or collector is found by and recorded under; rejects with LAUNCH_UNKNOWN_ACCOUNT. */
export async function requireUnit(
  store: Store,
  { kind, name }: Pick<KnownUnit, "kind" | "name">,
): Promise<KnownUnit> {
  if (kind === "collector") return collectorOf(name);
  return botOf(await requireAccount(store, name));
}
