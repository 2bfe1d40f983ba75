import type { Store } from "../../ports/store/store.ts";
import { type ConnectionOptions, type Connections, openConnections } from "./connections.ts";
import { historyStore } from "./sql/history.ts";
import { launcherStore } from "./sql/launchers.ts";
import { leaseStore } from "./sql/leases.ts";
import { moveStore } from "./sql/moves.ts";
import { accountStore } from "./sql/pool/accounts.ts";
import { probeStore } from "./sql/pool/probes.ts";
import { proxyStore } from "./sql/pool/proxies.ts";
import { trafficStore } from "./sql/pool/traffic.ts";
import { evidenceStore } from "./sql/reputation/evidence.ts";
import { reputationStore } from "./sql/reputation/reputations.ts";
import { switchStore } from "./sql/reputation/switches.ts";
import { requestStore } from "./sql/requests.ts";
import { runStore } from "./sql/runs.ts";
import type { Session } from "./sql/session.ts";
import { unitStore } from "./sql/units.ts";
import { applyChanges } from "./sql/verdicts/apply-changes.ts";

/** With its connections, for what is bound to them only where it is used. */
export interface PostgresStore extends Store {
  readonly connections: Connections;
}

/**
 * Opens the store; the first connection is made here, so that trouble shows at once. What is to be done before anything is asked of the
 * tables comes as `prepare`, over the same connection; without it they are taken to be there.
 */
export async function openPostgresStore(
  options: ConnectionOptions,
  prepare: (connections: Connections) => Promise<void> = askAnything,
): Promise<PostgresStore> {
  const connections = openConnections(options);
  const store: PostgresStore = {
    ...bindStore(connections.session),
    connections,
    // A launcher that freezes in the middle must not keep all others from moving.
    switches: switchStore(connections.session, (work) => connections.transaction(work, 2_000)),
    apply: (changes) => connections.transaction((session) => applyChanges(session, changes)),
    transaction: (work) => connections.transaction((session) => work(storeInTransaction(session, 1))),
    close: () => connections.close(),
  };
  try {
    await prepare(connections);
  } catch (error) {
    await connections.close();
    throw error;
  }
  return store;
}

async function askAnything({ session }: Connections): Promise<void> {
  await session.query({ text: "select 1", isRepeatable: true });
}

// A transaction within a transaction is a savepoint: the inner work can fail and be handled without losing the outer.
function storeInTransaction(session: Session, depth: number): Store {
  return {
    ...bindStore(session),
    switches: switchStore(session, (work) => work(session)),
    apply: (changes) => applyChanges(session, changes),
    transaction: async (work) => {
      await session.query({ text: `savepoint inner_${depth}` });
      try {
        const result = await work(storeInTransaction(session, depth + 1));
        await session.query({ text: `release savepoint inner_${depth}` });
        return result;
      } catch (error) {
        await session.query({ text: `rollback to savepoint inner_${depth}` });
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
}

/** Binds every statement to one session: the pool or a transaction. */
function bindStore(session: Session): Omit<Store, "apply" | "switches" | "transaction" | "close"> {
  return {
    accounts: accountStore(session),
    proxies: proxyStore(session),
    launchers: launcherStore(session),
    leases: leaseStore(session),
    runs: runStore(session),
    units: unitStore(session),
    requests: requestStore(session),
    traffic: trafficStore(session),
    moves: moveStore(session),
    history: historyStore(session),
    evidence: evidenceStore(session),
    reputations: reputationStore(session),
    probes: probeStore(session),
  };
}
