import type { Account } from "../../domain/account.ts";
import type { Assignment } from "../../domain/assignment.ts";
import { type AccountId, type AssignmentId, type ProxyId, parseId } from "../../domain/ids.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Operator } from "../operator.ts";

/** A proxy of the list, now in the pool. */
export interface ImportedProxy {
  readonly id: ProxyId;
  readonly priority: number | undefined;
}

/** Who gets a proxy, and at which priority. */
export interface Share {
  readonly accountId: AccountId;
  readonly proxyId: ProxyId;
  readonly priority: number;
}

/** Lets the accounts use what was imported. Assignments that are there stay as they are: a repeated import must not bring back what an operator disabled. */
export async function assignImported(work: {
  readonly operator: Operator;
  readonly store: Store;
  readonly accounts: readonly Account[];
  readonly imported: readonly ImportedProxy[];
}): Promise<void> {
  const { operator, store, accounts, imported } = work;
  const present: Assignment[] = [];
  for (const { id } of accounts) present.push(...(await store.accounts.assignments({ accountId: id })));
  const shares = shareOut(accounts, present, imported);
  const wishes = shares.map((share) => ({ id: parseId<AssignmentId>(operator.random.uuid()), ...share }));
  for (let start = 0; start < wishes.length; start += batchSize)
    await store.accounts.assignMany(wishes.slice(start, start + batchSize));
}

const batchSize = 1_000;

/**
 * Deals the proxies out in the list's order, each to the account that has the fewest of this list; what one of the accounts
 * has already stays there. A list's own priority counts, others follow behind the last.
 */
export function shareOut(
  accounts: readonly Pick<Account, "id">[],
  present: readonly Pick<Assignment, "accountId" | "proxyId" | "priority">[],
  imported: readonly ImportedProxy[],
): readonly Share[] {
  const [first] = accounts;
  if (first === undefined) return [];
  const holders = new Map(present.map(({ proxyId, accountId }) => [proxyId, accountId]));
  const hands = new Map(accounts.map(({ id }) => [id, { held: 0, last: 0 }]));
  for (const { accountId, priority } of present) {
    const hand = hands.get(accountId);
    if (hand !== undefined) hand.last = Math.max(hand.last, priority);
  }
  for (const { id } of imported) {
    const hand = hands.get(holders.get(id) ?? first.id);
    if (hand !== undefined && holders.has(id)) hand.held += 1;
  }
  const shares: Share[] = [];
  for (const { id: proxyId, priority } of imported) {
    if (holders.has(proxyId)) continue;
    const [accountId, hand] = [...hands].reduce((fewest, next) =>
      next[1].held < fewest[1].held ? next : fewest,
    );
    hand.held += 1;
    hand.last = priority ?? hand.last + 1;
    shares.push({ accountId, proxyId, priority: hand.last });
  }
  return shares;
}
