import type { Store } from "../../lib/ports/store/store.ts";
import { memoryAccounts } from "./memory-store/accounts.ts";
import { memoryLaunchers, memoryLeases } from "./memory-store/leases.ts";
import { memoryProbes } from "./memory-store/probes.ts";
import { memoryProxies } from "./memory-store/proxies.ts";
import { memoryEvidence, memoryReputations } from "./memory-store/reputations.ts";
import { memoryHistory, memoryRuns } from "./memory-store/runs.ts";
import { copyOf, emptyState, type Memory } from "./memory-store/state.ts";
import { memorySwitches } from "./memory-store/switches.ts";
import { memoryMoves, memoryRequests, memoryTraffic, memoryUnits } from "./memory-store/units.ts";
import { memoryApply } from "./memory-store/verdicts.ts";

/** A store in memory that passes the same contract as the real ones; `now` stands in for the database's own clock. */
export function memoryStore(options: { readonly now?: () => number } = {}): Store {
  return memoryStoreOver({ state: emptyState(), now: options.now ?? Date.now });
}

/**
 * The same over rows that a test looks at itself. A rejected transaction puts back a copy of everything: simpler than
 * PostgreSQL in that others see its work before it ends, equal in what is left afterwards.
 */
export function memoryStoreOver(memory: Memory): Store {
  const store: Store = {
    accounts: memoryAccounts(memory),
    proxies: memoryProxies(memory),
    launchers: memoryLaunchers(memory),
    leases: memoryLeases(memory),
    runs: memoryRuns(memory),
    units: memoryUnits(memory),
    requests: memoryRequests(memory),
    traffic: memoryTraffic(memory),
    moves: memoryMoves(memory),
    history: memoryHistory(memory),
    evidence: memoryEvidence(memory),
    reputations: memoryReputations(memory),
    switches: memorySwitches(memory),
    probes: memoryProbes(memory),
    // No statement of it fails once another one has written, so nothing is kept to be put back: it is called for every exit check.
    apply: (changes) => memoryApply(memory, store)(changes),
    transaction: async (work) => {
      const before = copyOf(memory.state);
      try {
        return await work(store);
      } catch (error) {
        memory.state = before;
        throw error;
      }
    },
    close: () => Promise.resolve(),
  };
  return store;
}
