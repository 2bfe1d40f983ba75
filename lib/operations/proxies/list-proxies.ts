import type { ProxyId } from "../../domain/ids.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../domain/proxy/proxy-health.ts";
import type { Run } from "../../domain/run/run.ts";
import { compareNames } from "../../domain/text/compare-names.ts";
import { type ShownState, shownState } from "../../policy/verdict/shown-state.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { requireAccount } from "../find-by-name.ts";
import type { Operator } from "../operator.ts";
import { possiblyLiveRuns } from "../runs/judge-run.ts";

export interface ListedProxy {
  readonly proxy: Proxy;
  /** The worse of what holds of it and what this host sees. */
  readonly shown: ShownState;
  /** What each host sees. */
  readonly health: readonly ProxyHealth[];
  /** Accounts that may use it, by name. */
  readonly accounts: readonly string[];
  /** Possibly live runs that leave through it now. */
  readonly runs: readonly Run[];
}

/** Every proxy of the pool, or those of one account, by label. */
export async function listProxies(
  { store, clock, hostKey }: Pick<Operator, "store" | "clock" | "hostKey">,
  processes: Pick<ProcessTable, "judge">,
  accountName: string | undefined,
): Promise<readonly ListedProxy[]> {
  const wanted = accountName === undefined ? undefined : (await requireAccount(store, accountName)).id;
  const [proxies, health, accounts, assignments, runs] = await Promise.all([
    store.proxies.list(),
    store.proxies.health(),
    store.accounts.list(),
    store.accounts.assignments(),
    possiblyLiveRuns(store, processes),
  ]);
  const nameOf = new Map(accounts.map((account) => [account.id, account.name]));
  const mine = new Set(assignments.filter((each) => each.accountId === wanted).map((each) => each.proxyId));
  const seen = new Map<ProxyId, ProxyHealth[]>(proxies.map(({ id }) => [id, []]));
  for (const row of health) seen.get(row.proxyId)?.push(row);
  const place = { hostKey, now: clock.now() };
  return proxies
    .filter((proxy) => wanted === undefined || mine.has(proxy.id))
    .toSorted((a, b) => compareNames(a.label, b.label))
    .map((proxy) => ({
      proxy,
      shown: shownState(proxy, seen.get(proxy.id) ?? [], place),
      health: seen.get(proxy.id) ?? [],
      accounts: assignments
        .filter((each) => each.proxyId === proxy.id)
        .flatMap((each) => nameOf.get(each.accountId) ?? [])
        .toSorted(),
      runs: runs.filter((run) => run.proxyId === proxy.id),
    }));
}
