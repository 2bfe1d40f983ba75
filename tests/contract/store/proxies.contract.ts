import { describe, expect, it } from "vitest";
import type { CountryCode } from "../../../lib/domain/account.ts";
import type { KeyId } from "../../../lib/domain/ids.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { at, exitIp, sampleProxy, storeAccount } from "./samples.ts";

export function proxyContract(open: () => Promise<Store>): void {
  describe("proxies", () => {
    it("a proxy comes back as it was stored, unverified", async () => {
      const store = await open();
      const proxy = sampleProxy("fra-1", {
        endpoint: { scheme: "socks5", host: "2001:db8::1", port: 1080 },
        metadata: { session: "s1", nested: { list: [1, "two", null] } },
        expectedIp: exitIp("203.0.113.7"),
        expectedIpSource: "import",
        country: "DE" as CountryCode,
        provider: "generic",
        expiresAt: at(123),
      });
      await store.proxies.create(proxy);
      const stored = await store.proxies.find("fra-1");
      const fresh = {
        state: "unverified",
        stateSince: expect.any(Number),
        nextProbeAt: undefined,
        revision: 1,
      };
      expect(stored).toEqual({ ...proxy, ...fresh });
    });

    it("many proxies at once come back as if each had been stored alone, and one taken label keeps all out", async () => {
      const store = await open();
      const alone = sampleProxy("alone");
      const fresh = {
        expectedIp: exitIp("203.0.113.7"),
        expectedIpSource: "import",
        expiresAt: at(123),
      } as const;
      const many = [
        sampleProxy("fra-1", { ...fresh, country: "DE" as CountryCode, metadata: { session: 'a "b" \\ ü' } }),
        sampleProxy("fra-2", { authType: "none", sealed: undefined, provider: "generic" }),
      ];
      await store.proxies.createMany(many);
      await store.proxies.create(alone);
      await store.proxies.createMany([]);
      const listed = await store.proxies.list();
      expect(listed).toEqual(
        [alone, ...many].map((proxy) => ({
          ...proxy,
          state: "unverified",
          stateSince: expect.any(Number),
          nextProbeAt: undefined,
          revision: 1,
        })),
      );
      await expect(
        store.proxies.createMany([sampleProxy("new"), sampleProxy("fra-2")]),
      ).rejects.toMatchObject({
        code: "LAUNCH_ALREADY_EXISTS",
      });
      expect(await store.proxies.list()).toEqual(listed);
    });

    it("a taken label is refused on creation and on renaming, with the label", async () => {
      const store = await open();
      const other = sampleProxy("ams-1");
      await store.proxies.create(sampleProxy("fra-1"));
      await store.proxies.create(other);
      const error = { code: "LAUNCH_ALREADY_EXISTS", message: 'A proxy labelled "fra-1" exists already.' };
      await expect(store.proxies.create(sampleProxy("fra-1"))).rejects.toMatchObject(error);
      await expect(store.proxies.update(other.id, { label: "fra-1" })).rejects.toMatchObject(error);
    });

    it("the revision grows only when a change alters who the proxy is", async () => {
      const store = await open();
      const proxy = sampleProxy("fra-1");
      await store.proxies.create(proxy);
      const revision = async () => (await store.proxies.find("fra-1"))?.revision;
      await store.proxies.update(proxy.id, { state: "ok", stateSince: at(1), isActive: false, metadata: {} });
      await store.proxies.update(proxy.id, { endpoint: { ...proxy.endpoint } });
      expect(await revision()).toBe(1);
      await store.proxies.update(proxy.id, { endpoint: { ...proxy.endpoint, port: 9 } });
      expect(await revision()).toBe(2);
      await store.proxies.update(proxy.id, {
        expectedIp: exitIp("203.0.113.7"),
        expectedIpSource: "operator",
      });
      expect(await revision()).toBe(3);
      const sealed = { token: "t2", keyId: "0badcafe" as KeyId, fingerprint: "fp-fra-1" };
      await store.proxies.update(proxy.id, { sealed });
      expect(await revision()).toBe(3);
      await store.proxies.update(proxy.id, { sealed: { ...sealed, fingerprint: "another" } });
      expect(await revision()).toBe(4);
      await store.proxies.update(proxy.id, { authType: "none", sealed: undefined });
      expect(await store.proxies.find("fra-1")).toMatchObject({
        revision: 5,
        authType: "none",
        sealed: undefined,
      });
    });

    it("resealing replaces only the form that was read and is not a new revision", async () => {
      const store = await open();
      const proxy = sampleProxy("fra-1");
      await store.proxies.create(proxy);
      const to = { token: "new", keyId: "feedbeef" as KeyId, fingerprint: "new-fp" };
      expect(await store.proxies.replaceSealed(proxy.id, "something else", to)).toBe(false);
      expect(await store.proxies.replaceSealed(proxy.id, "token-of-fra-1", to)).toBe(true);
      expect(await store.proxies.find("fra-1")).toMatchObject({ sealed: to, revision: 1 });
      expect(await store.proxies.keyUse()).toEqual(new Map([["feedbeef", 1]]));
    });

    it("key use counts the rows of each key and no row without a credential", async () => {
      const store = await open();
      const sealed = { token: "t", keyId: "feedbeef" as KeyId, fingerprint: "f" };
      await store.proxies.create(sampleProxy("a"));
      await store.proxies.create(sampleProxy("b", { sealed }));
      await store.proxies.create(sampleProxy("c", { sealed }));
      await store.proxies.create(sampleProxy("d", { authType: "none", sealed: undefined }));
      expect(await store.proxies.keyUse()).toEqual(new Map([["0badcafe", 1], ["feedbeef", 2]])); // biome-ignore format: one line reads better
    });

    it("people are warned of each nearer end once, and anew of another end", async () => {
      const store = await open();
      const proxy = sampleProxy("fra-1", { expiresAt: at(100) });
      await store.proxies.create(proxy);
      const warn = (days: number) => store.proxies.warnOnce(proxy.id, days);
      expect([await warn(14), await warn(14), await warn(3), await warn(14)]).toEqual([
        true,
        false,
        true,
        false,
      ]);
      await store.proxies.update(proxy.id, { label: "fra-one" });
      expect(await warn(3)).toBe(false);
      await store.proxies.update(proxy.id, { expiresAt: at(200) });
      expect(await warn(14)).toBe(true);
    });

    it("removing a proxy removes its assignments and no account", async () => {
      const store = await open();
      const { proxy } = await storeAccount(store, "alice");
      await store.proxies.remove(proxy.id);
      expect(await store.proxies.list()).toEqual([]);
      expect(await store.accounts.assignments()).toEqual([]);
      expect(await store.accounts.list()).toHaveLength(1);
    });

    it("a check of a proxy that was removed meanwhile is dropped without an error", async () => {
      const store = await open();
      const rest = { runId: undefined, reason: "timeout", latencyMs: undefined, exitIp: undefined };
      const check = { ...rest, kind: "check", isOk: false, country: undefined, at: at(0) } as const;
      await store.proxies.recordCheck({ ...check, proxyId: sampleProxy("never stored").id });
      expect(await store.proxies.list()).toEqual([]);
    });
  });
}
