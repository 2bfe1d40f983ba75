import { randomUUID } from "node:crypto";
import { generateKey, type MasterKey } from "../../../lib/adapters/vault/master-key.ts";
import { openVault } from "../../../lib/adapters/vault/vault.ts";
import { instant, monotonic } from "../../../lib/domain/time.ts";
import type { Operator } from "../../../lib/operations/operator.ts";
import type { ProcessTable } from "../../../lib/ports/process-table.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { memoryStore } from "../memory-store.ts";

/** An operator on a store in memory, at a moment that tests move by hand. */
export interface OperatorBench {
  readonly operator: Operator;
  /** The keys that the next vault holds, newest first. */
  keys: readonly MasterKey[];
  nowMs: number;
}

/** Makes a bench with one key at the first hour of the epoch. */
export function operatorBench(given?: Store): OperatorBench {
  const store = given ?? memoryStore({ now: () => bench.nowMs });
  const bench: OperatorBench = {
    keys: [generateKey()],
    nowMs: 3_600_000,
    operator: {
      store,
      openVault: () => Promise.resolve(openVault(bench.keys)),
      clock: {
        now: () => instant(bench.nowMs),
        monotonicMs: () => monotonic(bench.nowMs),
        after: () => () => {},
      },
      random: { uuid: () => randomUUID(), random01: () => 0.5 },
      actor: "user:tester",
      host: "host-a",
      hostKey: "host-a",
    },
  };
  return bench;
}

/** A process table that gives every identity the same judgement. */
export function allProcesses(judgement: "alive" | "dead" | "elsewhere"): Pick<ProcessTable, "judge"> {
  return { judge: () => judgement };
}
