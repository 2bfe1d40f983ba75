import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { Run } from "../../domain/run/run.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Store } from "../../ports/store/store.ts";
import { requireAccount } from "../find-by-name.ts";
import { possiblyLiveRuns } from "../runs/judge-run.ts";

export interface ListedProxy {
  readonly proxy: Proxy;
  /** Accounts that may use it, by name. */
  readonly accounts: readonly string[];
  /** Possibly live runs that leave through it now. */
  readonly runs: readonly Run[];
}

/** Every proxy of the pool, or those of one account, by label. */
export async function listProxies(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
  accountName: string | undefined,
): Promise<readonly ListedProxy[]> {
  const wanted = accountName === undefined ? undefined : (await requireAccount(store, accountName)).id;
  const [proxies, accounts, assignments, runs] = await Promise.all([
    store.proxies.list(),
    store.accounts.list(),
    store.accounts.assignments(),
    possiblyLiveRuns(store, processes),
  ]);
  const nameOf = new Map(accounts.map((account) => [account.id, account.name]));
  const mine = new Set(assignments.filter((each) => each.accountId === wanted).map((each) => each.proxyId));
  return proxies
    .filter((proxy) => wanted === undefined || mine.has(proxy.id))
    .toSorted((a, b) => a.label.localeCompare(b.label))
    .map((proxy) => ({
      proxy,
      accounts: assignments
        .filter((each) => each.proxyId === proxy.id)
        .flatMap((each) => nameOf.get(each.accountId) ?? [])
        .toSorted(),
      runs: runs.filter((run) => run.proxyId === proxy.id),
    }));
}
