import type { Account } from "../../domain/account.ts";
import type { Assignment } from "../../domain/assignment.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { compareNames } from "../../domain/text/compare-names.ts";
import type { Store } from "../../ports/store/store.ts";

export interface ListedAccount {
  readonly account: Account;
  /** By priority, the preferred one first. */
  readonly proxies: readonly { readonly proxy: Proxy; readonly assignment: Assignment }[];
}

/** Every account with its assigned proxies, by name. */
export async function listAccounts(store: Store): Promise<readonly ListedAccount[]> {
  const [accounts, proxies, assignments] = await Promise.all([
    store.accounts.list(),
    store.proxies.list(),
    store.accounts.assignments(),
  ]);
  const proxyById = new Map(proxies.map((proxy) => [proxy.id, proxy]));
  const proxiesOf = (account: Account) =>
    assignments
      .filter((assignment) => assignment.accountId === account.id)
      .sort((a, b) => a.priority - b.priority)
      .flatMap((assignment) => {
        const proxy = proxyById.get(assignment.proxyId);
        return proxy === undefined ? [] : [{ proxy, assignment }];
      });
  return accounts
    .toSorted((a, b) => compareNames(a.name, b.name))
    .map((account) => ({ account, proxies: proxiesOf(account) }));
}
