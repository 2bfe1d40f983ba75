import { type Account, anyVenue, type CountryCode, type VenueName } from "../../domain/account.ts";
import { type AccountId, type AssignmentId, type ProxyId, parseId, parseName } from "../../domain/ids.ts";
import type { NewProxy } from "../../ports/store/proxy-store.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireProxy } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { createProxy, type ProxyRequest } from "../proxies/create-proxy.ts";
import { requireVenues } from "../require-venues.ts";
import { newGroup } from "./new-group.ts";

export interface AddAccountRequest {
  readonly name: string;
  /** Empty means any venue. */
  readonly venues: readonly VenueName[];
  /** The venues may have names that nobody knows yet. */
  readonly newVenue?: boolean;
  readonly allowedCountries: readonly CountryCode[];
  readonly groupName: string | undefined;
  readonly proxy: FirstProxy | undefined;
}

/** The proxy that the account starts with: a new one, or one of the pool by its label. */
export type FirstProxy =
  | { readonly kind: "new"; readonly request: ProxyRequest; readonly priority: number }
  | { readonly kind: "known"; readonly label: string; readonly priority: number };

export interface AddedAccount {
  readonly account: Account;
  readonly proxy: Pick<NewProxy, "id" | "label" | "endpoint" | "authType"> | undefined;
  /** Says so when no other account is of its group, with the nearest one. */
  readonly newGroup: string | undefined;
}

/** Adds an account with its first proxy and assignment, all or nothing. */
export async function addAccount(operator: Operator, request: AddAccountRequest): Promise<AddedAccount> {
  const named: Account = {
    id: parseId<AccountId>(operator.random.uuid()),
    name: parseName(request.name, "the name of an account"),
    venues: [anyVenue],
    allowedCountries: request.allowedCountries,
    groupName: request.groupName === undefined ? undefined : parseName(request.groupName, "a group"),
    wanted: "up",
    hold: undefined,
    registeredChanges: undefined,
    keyLabel: undefined,
  };
  return await operator.store.transaction(async (store) => {
    const { venues, groupName, newVenue } = request;
    const account =
      venues.length === 0
        ? named
        : { ...named, venues: await requireVenues(store, venues, newVenue === true) };
    const said = await newGroup(store, groupName, account.id);
    await store.accounts.create(account);
    await record(operator, store, {
      kind: "account.added",
      accountId: account.id,
      message: `Account ${account.name} was added for ${account.venues.join(", ").replace(/^any$/, "any venue")}.`,
    });
    if (request.proxy === undefined) return { account, proxy: undefined, newGroup: said };
    const proxy = await firstProxy(operator, store, request.proxy);
    await assignFirst(operator, store, { account, proxyId: proxy.id, priority: request.proxy.priority });
    return { account, proxy, newGroup: said };
  });
}

async function firstProxy(operator: Operator, store: Store, first: FirstProxy) {
  if (first.kind === "known") return await requireProxy(store, first.label);
  return await createProxy(operator, store, first.request);
}

async function assignFirst(
  operator: Operator,
  store: Store,
  first: { readonly account: Account; readonly proxyId: ProxyId; readonly priority: number },
): Promise<void> {
  await store.accounts.assign({
    id: parseId<AssignmentId>(operator.random.uuid()),
    accountId: first.account.id,
    proxyId: first.proxyId,
    priority: first.priority,
  });
  await record(operator, store, {
    kind: "assignment.added",
    accountId: first.account.id,
    proxyId: first.proxyId,
    message: `Account ${first.account.name} got its first proxy at priority ${first.priority}.`,
  });
}
