import { type AssignmentId, parseId } from "../../domain/ids.ts";
import { exitKeyOf, type IpAddress } from "../../domain/ip.ts";
import { type Proxy, stateOf } from "../../domain/proxy/proxy.ts";
import {
  type Deal,
  type FreeProxy,
  type Spread,
  type SpreadAccount,
  spread,
} from "../../policy/selection/spread.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccountsLike } from "../find-by-name.ts";
import { type Operator, recordMany } from "../operator.ts";

/** Gives each account that the pattern names so many exits of its own, all in one step; what they have stays. */
export async function spreadExits(
  operator: Operator,
  { pattern, wanted }: { readonly pattern: string; readonly wanted: number },
): Promise<Spread & { readonly accounts: readonly SpreadAccount[] }> {
  return await operator.store.transaction(async (store) => {
    const accounts = await requireAccountsLike(store, pattern);
    const facts = await poolOf(operator, store);
    const spreadAccounts: SpreadAccount[] = [];
    for (const account of accounts) spreadAccounts.push(await readAccount(store, account, facts));
    const found = spread(spreadAccounts, facts.free, { wanted, takenKeys: facts.takenKeys });
    await store.accounts.assignMany(
      found.deals.map(({ account, proxy, priority }) => ({
        id: parseId<AssignmentId>(operator.random.uuid()),
        accountId: account.id,
        proxyId: proxy.id,
        priority,
      })),
    );
    await recordMany(operator, store, found.deals.map(deedOf));
    return { ...found, accounts: spreadAccounts };
  });
}

function deedOf({ account, proxy, priority }: Deal) {
  return {
    kind: "assignment.added",
    accountId: account.id,
    proxyId: proxy.id,
    message: `Account ${account.name} may use ${proxy.label} at priority ${priority}.`,
  };
}

interface Pool {
  readonly free: readonly FreeProxy[];
  readonly takenKeys: ReadonlySet<string>;
  readonly proxies: ReadonlyMap<string, Proxy>;
}

async function poolOf({ clock }: Operator, store: Store): Promise<Pool> {
  // One after the other: a transaction has one connection.
  const proxies = await store.proxies.list();
  const assignments = await store.accounts.assignments();
  const exits = await store.proxies.lastExits();
  const keyOf = ({ id, expectedIp }: Proxy) => keyOrNone(exits.get(id) ?? expectedIp);
  const assigned = new Set(assignments.map(({ proxyId }) => proxyId));
  const isUsable = (proxy: Proxy) =>
    !["disabled", "expired", "drifted"].includes(stateOf(proxy, clock.now()));
  return {
    free: proxies
      .filter((proxy) => !assigned.has(proxy.id) && isUsable(proxy))
      .map((proxy) => ({
        id: proxy.id,
        label: proxy.label,
        provider: proxy.provider,
        country: proxy.country,
        exitKey: keyOf(proxy),
      })),
    takenKeys: new Set(proxies.filter(({ id }) => assigned.has(id)).flatMap((proxy) => keyOf(proxy) ?? [])),
    proxies: new Map(proxies.map((proxy) => [proxy.id, proxy])),
  };
}

function keyOrNone(exitIp: IpAddress | undefined): string | undefined {
  return exitIp === undefined ? undefined : exitKeyOf(exitIp);
}

async function readAccount(
  store: Store,
  { id, name, allowedCountries }: Pick<SpreadAccount, "id" | "name" | "allowedCountries">,
  { proxies }: Pool,
): Promise<SpreadAccount> {
  const held = await store.accounts.assignments({ accountId: id });
  const registrations = await store.accounts.registrations(id);
  const listed = registrations.filter(({ until }) => until === undefined);
  return {
    id,
    name,
    allowedCountries,
    registeredKeys: listed.length === 0 ? undefined : listed.map(({ exitKey }) => exitKey),
    own: held.map(({ proxyId, priority }) => ({ provider: proxies.get(proxyId)?.provider, priority })),
  };
}
