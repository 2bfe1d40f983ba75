import { describe } from "vitest";
import { memoryAlerts } from "../../../support/memory-store/alerts.ts";
import { emptyState, type Memory } from "../../../support/memory-store/state.ts";
import { memoryStore, memoryStoreOver } from "../../../support/memory-store.ts";
import { alertContract } from "../alerts.contract.ts";
import { storeContract } from "../store.contract.ts";

describe("a store in memory", () => {
  storeContract(() => Promise.resolve(memoryStore()));
  alertContract(async () => {
    // A moment passes between two statements.
    let nowMs = Date.now();
    const memory: Memory = { state: emptyState(), now: () => ++nowMs };
    return { store: memoryStoreOver(memory), alerts: memoryAlerts(memory) };
  });
});
