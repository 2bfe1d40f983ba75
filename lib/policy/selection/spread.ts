import type { Account } from "../../domain/account.ts";
import type { AccountId, ProxyId } from "../../domain/ids.ts";

/** An account that is to have exits of its own. */
export interface SpreadAccount extends Pick<Account, "name" | "allowedCountries"> {
  readonly id: AccountId;
  /** Where it has a list of registered exits: only they help it. */
  readonly registeredKeys: readonly string[] | undefined;
  /** What it has already, each with its vendor. */
  readonly own: readonly { readonly provider: string | undefined; readonly priority: number }[];
}

/** A proxy of the pool that nobody is assigned to. */
export interface FreeProxy {
  readonly id: ProxyId;
  readonly label: string;
  readonly provider: string | undefined;
  readonly country: string | undefined;
  /** Its exit as accounts are kept apart by it; undefined until it was read. */
  readonly exitKey: string | undefined;
}

/** One exit that an account gets. */
export interface Deal {
  readonly account: SpreadAccount;
  readonly proxy: FreeProxy;
  readonly priority: number;
}

export interface Spread {
  readonly deals: readonly Deal[];
  /** Accounts that have fewer than wanted, with how many are missing. */
  readonly short: readonly { readonly account: SpreadAccount; readonly missing: number }[];
}

/**
 * Deals free proxies out until each account has so many of its own: the accounts for which the fewest fit choose first,
 * each takes from the vendor that it has least of, and of these from the one that was dealt least. Two proxies of one exit are never dealt.
 */
export function spread(
  accounts: readonly SpreadAccount[],
  free: readonly FreeProxy[],
  { wanted, takenKeys }: { readonly wanted: number; readonly takenKeys: ReadonlySet<string> },
): Spread {
  const taken = new Set(takenKeys);
  const left = new Set(free);
  const dealt = new Map<string | undefined, number>();
  const deals: Deal[] = [];
  const fitsNow = (account: SpreadAccount) =>
    [...left].filter(
      (proxy) => fits(account, proxy) && !(proxy.exitKey !== undefined && taken.has(proxy.exitKey)),
    );
  const order = accounts
    .map((account) => ({ account, choices: fitsNow(account).length }))
    .sort((a, b) => a.choices - b.choices || compare(a.account.name, b.account.name))
    .map(({ account }) => account);
  for (let round = 0; round < wanted; round++) {
    for (const account of order) {
      const mine = deals.filter((deal) => deal.account === account);
      if (account.own.length + mine.length > round) continue;
      const vendors = [
        ...account.own.map(({ provider }) => provider),
        ...mine.map(({ proxy }) => proxy.provider),
      ];
      const rank = ({ provider }: FreeProxy) =>
        [vendors.filter((each) => each === provider).length, dealt.get(provider) ?? 0] as const;
      const [proxy] = fitsNow(account).sort((a, b) => {
        const [x, y] = [rank(a), rank(b)];
        return x[0] - y[0] || x[1] - y[1] || compare(a.label, b.label);
      });
      if (proxy === undefined) continue;
      left.delete(proxy);
      if (proxy.exitKey !== undefined) taken.add(proxy.exitKey);
      dealt.set(proxy.provider, (dealt.get(proxy.provider) ?? 0) + 1);
      const last = Math.max(0, ...account.own.map(({ priority }) => priority));
      deals.push({ account, proxy, priority: last + mine.length + 1 });
    }
  }
  const short = accounts.flatMap((account) => {
    const has = account.own.length + deals.filter((deal) => deal.account === account).length;
    return has < wanted ? [{ account, missing: wanted - has }] : [];
  });
  return { deals, short };
}

function fits({ allowedCountries, registeredKeys }: SpreadAccount, { country, exitKey }: FreeProxy): boolean {
  if (allowedCountries.length > 0 && !allowedCountries.some((each) => each === country)) return false;
  return registeredKeys === undefined || (exitKey !== undefined && registeredKeys.includes(exitKey));
}

// By code units: the same on every host, whatever its language.
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
