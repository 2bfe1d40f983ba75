import { describe, expect, it } from "vitest";
import type { Store } from "../../../lib/ports/store/store.ts";
import { sampleAccount, sampleProxy } from "./samples.ts";

export function transactionContract(open: () => Promise<Store>): void {
  describe("transactions", () => {
    it("a transaction keeps all of its work and gives back its result", async () => {
      const store = await open();
      const result = await store.transaction(async (inside) => {
        await inside.accounts.create(sampleAccount("alice"));
        await inside.proxies.create(sampleProxy("fra-1"));
        return (await inside.accounts.list()).length;
      });
      expect(result).toBe(1);
      expect(await store.accounts.find("alice")).toBeDefined();
      expect(await store.proxies.find("fra-1")).toBeDefined();
    });

    it("a rejected transaction leaves nothing behind and rejects with the same error", async () => {
      const store = await open();
      const trouble = new Error("line 7 cannot be read");
      const work = store.transaction(async (inside) => {
        await inside.accounts.create(sampleAccount("alice"));
        throw trouble;
      });
      await expect(work).rejects.toBe(trouble);
      expect(await store.accounts.list()).toEqual([]);
      await store.accounts.create(sampleAccount("alice"));
    });

    it("a refused statement rolls back what came before it", async () => {
      const store = await open();
      const work = store.transaction(async (inside) => {
        await inside.proxies.create(sampleProxy("fra-1"));
        await inside.proxies.create(sampleProxy("fra-1"));
      });
      await expect(work).rejects.toMatchObject({ code: "LAUNCH_ALREADY_EXISTS" });
      expect(await store.proxies.list()).toEqual([]);
    });

    it("work within a transaction can fail and be handled without losing the rest", async () => {
      const store = await open();
      await store.transaction(async (outer) => {
        await outer.accounts.create(sampleAccount("alice"));
        const inner = outer.transaction(async (inside) => {
          await inside.accounts.create(sampleAccount("bob"));
          await inside.accounts.create(sampleAccount("alice"));
        });
        await expect(inner).rejects.toMatchObject({ code: "LAUNCH_ALREADY_EXISTS" });
        await outer.accounts.create(sampleAccount("carol"));
      });
      expect((await store.accounts.list()).map(({ name }) => name)).toEqual(["alice", "carol"]);
    });
  });
}
