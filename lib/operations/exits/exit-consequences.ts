import { anyVenue, type VenueName } from "../../domain/account.ts";
import { exitKeyOf } from "../../domain/ip.ts";
import type { AccountFacts, CandidateFacts } from "../../domain/selection/selection-facts.ts";
import { rejectionOf } from "../../policy/eligibility.ts";
import { exitOfCandidate } from "../../policy/reputation/venue-findings.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Operator } from "../operator.ts";
import { requireExit } from "./find-exit.ts";

/** What an act takes from accounts: proxies by a test on each candidate. */
export interface Act {
  /** Only these accounts are concerned. */
  readonly accountNames: readonly string[];
  readonly takes: (candidate: CandidateFacts, facts: AccountFacts) => boolean;
}

/**
 * What an act means for the bots that run and for accounts that would be left without an exit: sentences to say before it is done.
 * Nothing is opened for it, so a credential that cannot be opened counts as usable.
 */
export async function consequencesOf(
  { store, clock, hostKey }: Pick<Operator, "store" | "clock" | "hostKey">,
  { accountNames, takes }: Act,
): Promise<readonly string[]> {
  const live = await store.runs.live();
  const context = { nowMs: clock.now(), excluded: new Map(), openable: () => true, hostKey };
  const said: string[] = [];
  for (const name of accountNames) {
    const account = await store.accounts.find(name);
    const facts = account && (await store.accounts.facts(account.id));
    if (facts === undefined) continue;
    const taken = facts.candidates.filter((candidate) => takes(candidate, facts));
    const isTaken = (candidate: CandidateFacts) => taken.includes(candidate);
    const usable = facts.candidates.filter((each) => rejectionOf(each, facts, context) === undefined);
    const run = live.find(({ run: { unit } }) => unit.kind === "bot" && unit.name === name)?.run;
    const used = taken.find(({ proxy }) => proxy.id === run?.proxyId);
    const isLast = usable.some(isTaken) && usable.every(isTaken);
    if (used !== undefined) said.push(`${name}'s bot runs through ${used.proxy.label} and will leave it.`);
    if (isLast || (used !== undefined && usable.every(isTaken)))
      said.push(
        `${name} has no other exit that it may use now: its bot ${run === undefined ? "cannot start" : "stops and waits"} until it has one.`,
      );
  }
  return said;
}

/** What it means for an account, or for all that may use it, to lose a proxy. */
export async function consequencesOfLoss(
  operator: Pick<Operator, "store" | "clock" | "hostKey">,
  label: string,
  accountName?: string,
): Promise<readonly string[]> {
  const proxy = await operator.store.proxies.find(label);
  // Whoever acts next says that it is not there.
  if (proxy === undefined) return [];
  const accountNames =
    accountName === undefined ? await accountsOf(operator.store, [proxy.id]) : [accountName];
  return await consequencesOf(operator, {
    accountNames,
    takes: (candidate) => candidate.proxy.id === proxy.id,
  });
}

/** What it means for accounts of a venue that an exit is burned there. */
export async function consequencesOfBurn(
  operator: Pick<Operator, "store" | "clock" | "hostKey">,
  named: string,
  venue: VenueName,
): Promise<readonly string[]> {
  const { exitKey, proxies } = await requireExit(operator.store, named);
  const accountNames = await accountsOf(
    operator.store,
    proxies.map(({ id }) => id),
  );
  const takes: Act["takes"] = (candidate, { account }) => {
    const exitIp = exitOfCandidate(candidate);
    const isThere = account.venues.some((own) => own === venue || own === anyVenue);
    return isThere && exitIp !== undefined && exitKeyOf(exitIp) === exitKey;
  };
  return await consequencesOf(operator, { accountNames, takes });
}

// The names of the accounts that may use a proxy.
async function accountsOf(store: Store, proxyIds: readonly string[]): Promise<readonly string[]> {
  const [accounts, assignments] = await Promise.all([store.accounts.list(), store.accounts.assignments()]);
  const ids = new Set(
    assignments.filter(({ proxyId }) => proxyIds.includes(proxyId)).map(({ accountId }) => accountId),
  );
  return accounts.filter(({ id }) => ids.has(id)).map(({ name }) => name);
}
