import { StoreError } from "../../../lib/errors.ts";
import type { Clock } from "../../../lib/ports/clock.ts";
import type { Store } from "../../../lib/ports/store/store.ts";

/** `unheard`: the statement is carried out and its answer is lost, as when a server dies after the commit. */
export type StoreTrouble = "none" | "down" | "hangs" | "unheard";

export interface FaultyStore {
  readonly store: Store;
  trouble: StoreTrouble;
  /** How long an answer takes. */
  latencyMs: () => number;
}

/** What a statement may take before the driver gives it up. */
const statementTimeoutMs = 5_000;

/** The same rows through a connection that can fail in every way a database can. */
export function faultyStore(rows: Store, clock: Clock): FaultyStore {
  const link: FaultyStore = { store: rows, trouble: "none", latencyMs: () => 0 };
  const pass = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const unreachable = () => new StoreError("LAUNCH_STORE_UNREACHABLE", "The database does not answer.");
  const through =
    (work: (...args: unknown[]) => Promise<unknown>) =>
    async (...args: unknown[]): Promise<unknown> => {
      const latencyMs = link.latencyMs();
      if (latencyMs > 0) await pass(latencyMs / 2);
      if (link.trouble === "down") throw unreachable();
      if (link.trouble === "hangs") {
        await pass(statementTimeoutMs);
        throw unreachable();
      }
      const answer = await work(...args);
      if (latencyMs > 0) await pass(latencyMs / 2);
      if ((link.trouble as StoreTrouble) === "unheard") throw unreachable();
      return answer;
    };
  const wrap = <Port extends object>(port: Port): Port =>
    Object.fromEntries(
      Object.entries(port).map(([name, work]) => [
        name,
        through(work as (...args: unknown[]) => Promise<unknown>),
      ]),
    ) as Port;
  const { accounts, proxies, launchers, leases, runs, units, requests, moves, history } = rows;
  const { evidence, reputations, switches, probes, traffic } = rows;
  const store: Store = {
    accounts: wrap(accounts),
    proxies: wrap(proxies),
    launchers: wrap(launchers),
    leases: wrap(leases),
    runs: wrap(runs),
    units: wrap(units),
    requests: wrap(requests),
    traffic: wrap(traffic),
    moves: wrap(moves),
    history: wrap(history),
    evidence: wrap(evidence),
    reputations: wrap(reputations),
    switches: wrap(switches),
    probes: wrap(probes),
    ...wrap({ apply: (changes: Parameters<Store["apply"]>[0]) => rows.apply(changes) }),
    transaction: (work) => rows.transaction(work),
    close: () => rows.close(),
  };
  return Object.assign(link, { store });
}
