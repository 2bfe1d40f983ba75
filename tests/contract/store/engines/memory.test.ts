import { describe } from "vitest";
import { memoryStore } from "../../../support/memory-store.ts";
import { storeContract } from "../store.contract.ts";

describe("a store in memory", () => {
  storeContract(() => Promise.resolve(memoryStore()));
});
