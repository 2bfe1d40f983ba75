import type { Account, VenueName } from "../../../lib/domain/account.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../lib/domain/ids.ts";
import { type ExitIp, parseIp } from "../../../lib/domain/ip.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { sampleAccount, sampleProxy } from "../../support/sample-facts.ts";
import type { Chance } from "../time/chance.ts";
import { wallStartMs } from "../time/host-clock.ts";

/** A venue, and the server by which a bot's answers are known as its own. */
export const venueHosts: Readonly<Record<string, string>> = {
  binance: "api.binance.com",
  bybit: "api.bybit.com",
  okx: "www.okx.com",
};
export const vendors = ["vendor-a", "vendor-b"] as const;
/** Those that every launcher asks; two must agree. */
export const witnesses = ["https://one.test/", "https://two.test/", "https://three.test/"] as const;

/** A proxy as its vendor runs it. */
export interface WorldProxy {
  readonly id: ProxyId;
  readonly label: string;
  readonly provider: string;
  /** Where it leaves while nothing is wrong with it. */
  readonly exitIp: ExitIp;
  /** It hides nobody: the world sees the host that uses it. */
  readonly isTransparent: boolean;
}

export interface WorldAccount extends Account {
  readonly exits: readonly WorldProxy[];
  /** The addresses from which its venues take its key; undefined: from any. */
  readonly registered: readonly ExitIp[] | undefined;
}

/** Who and what there is in a world. */
export interface Layout {
  readonly hosts: readonly string[];
  readonly accounts: readonly WorldAccount[];
  readonly proxies: readonly WorldProxy[];
}

export interface LayoutSize {
  readonly hosts: number;
  readonly accounts: number;
}

/** Lays a world out: proxies of two vendors, two of them with one exit, and accounts that share spares. */
export function layoutOf(chance: Chance, size: LayoutSize): Layout {
  const proxies: WorldProxy[] = [];
  // One that hides nobody, in every third world.
  const hidesNobody = chance.isOneIn(3) ? chance.between(0, 2 * size.accounts) : undefined;
  const addProxy = (exitIp = addressOf(1 + proxies.length)): WorldProxy => {
    const number = proxies.length + 1;
    const proxy: WorldProxy = {
      id: chance.uuid() as ProxyId,
      label: `p-${number}`,
      provider: vendors[number % vendors.length] ?? "vendor-a",
      exitIp,
      isTransparent: proxies.length === hidesNobody,
    };
    proxies.push(proxy);
    return proxy;
  };
  const own = Array.from({ length: size.accounts }, () => [addProxy(), addProxy()]);
  // What a vendor sells twice: nobody but the lease of the exit keeps two accounts apart there.
  const twins = own.map(([first]) => (chance.isOneIn(4) ? addProxy(first?.exitIp) : undefined));
  const spares = Array.from({ length: Math.max(2, Math.ceil(size.accounts / 3)) }, () => addProxy());
  const names = Object.keys(venueHosts);
  const accounts = own.map((exits, index): WorldAccount => {
    const twin = twins[(index + 1) % twins.length];
    const all = [...(chance.isOneIn(3) ? [...exits].reverse() : exits), ...(twin ? [twin] : [])];
    const withSpares = [...all, chance.pick(spares), chance.pick(spares)];
    const distinct = withSpares.filter((proxy, at) => withSpares.indexOf(proxy) === at);
    const isInGroup = index < 2 && chance.isOneIn(3);
    const venues = chance.isOneIn(4)
      ? [names[index % 3] ?? "", names[(index + 1) % 3] ?? ""]
      : [names[index % 3] ?? ""];
    const registered = chance.isOneIn(3) ? distinct.slice(0, 3).map(({ exitIp }) => exitIp) : undefined;
    return {
      ...sampleAccount({
        id: chance.uuid() as AccountId,
        name: `bot-${index + 1}`,
        venues: venues as VenueName[],
        groupName: isInGroup ? "desk" : undefined,
      }),
      exits: distinct,
      registered,
    };
  });
  const hosts = Array.from({ length: size.hosts }, (_, index) => `host-${index + 1}`);
  return { hosts, accounts, proxies };
}

/** The n-th address of a public range. */
export function addressOf(number: number): ExitIp {
  return parseIp(`51.${80 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`) as ExitIp;
}

/** Writes the layout into the database, as an operator would have. */
export async function fillDatabase(
  store: Store,
  { accounts, proxies }: Layout,
  chance: Chance,
): Promise<void> {
  for (const { id, label, provider, exitIp, isTransparent } of proxies)
    await store.proxies.create({
      ...sampleProxy({ id, label, provider }),
      ...(!isTransparent && chance.isOneIn(2)
        ? { expectedIp: exitIp, expectedIpSource: "operator" as const }
        : {}),
    });
  for (const { exits, registered, ...account } of accounts) {
    await store.accounts.create(account);
    for (const [index, { id: proxyId }] of exits.entries())
      await store.accounts.assign({
        id: chance.uuid() as AssignmentId,
        accountId: account.id,
        proxyId,
        priority: index + 1,
      });
    if (registered !== undefined)
      await store.accounts.register(account.id, {
        exitIps: registered,
        at: instant(wallStartMs),
        by: "user:operator",
      });
  }
}
