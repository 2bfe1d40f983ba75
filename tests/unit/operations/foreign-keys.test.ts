import { beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import type { KeyId, ProxyId } from "../../../lib/domain/ids.ts";
import { readProxyList } from "../../../lib/domain/proxy-list/read-proxy-list.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { listAccounts } from "../../../lib/operations/accounts/list-accounts.ts";
import { importProxies } from "../../../lib/operations/import/import-proxies.ts";
import { rotateKeys } from "../../../lib/operations/keys/rotate-keys.ts";
import { addProxy, type ProxyRequest } from "../../../lib/operations/proxies/create-proxy.ts";
import { editProxy } from "../../../lib/operations/proxies/edit-proxy.ts";
import { allProcesses, type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";

let bench: OperatorBench;
beforeEach(() => {
  bench = operatorBench();
});

const credential = { user: "u", secret: new Secret("hunter2") };
const proxyRequest = (label: string, isSealed = true): ProxyRequest => ({
  label,
  endpoint: { scheme: "http", host: `${label}.example`, port: 8001 },
  credential: isSealed ? credential : undefined,
  country: undefined,
  provider: undefined,
  expectedIp: undefined,
  expiresAt: undefined,
  metadata: {},
});

describe("keys that open none of the credentials present", () => {
  const refusal = {
    code: "LAUNCH_CREDENTIAL_UNOPENABLE",
    message: expect.stringContaining("nothing was sealed"),
  };
  const withProxy = {
    name: "alice",
    venues: [],
    allowedCountries: [],
    groupName: undefined,
    proxy: { kind: "new", request: proxyRequest("fra-2"), priority: 1 } as const,
  };
  const noOptions = { skipBad: false, accountNames: [] };
  const list = readProxyList("gw.example:1:u:p");

  test("seal nothing: no new account, proxy, edit or import, and no rotation", async () => {
    const { operator } = bench;
    await addProxy(operator, proxyRequest("fra-1"));
    const [right] = bench.keys;
    bench.keys = [generateKey()];
    await expect(addAccount(operator, withProxy)).rejects.toMatchObject(refusal);
    await expect(addProxy(operator, proxyRequest("fra-2"))).rejects.toMatchObject(refusal);
    await expect(editProxy(operator, "fra-1", { credential })).rejects.toMatchObject(refusal);
    for (const dryRun of [true, false])
      await expect(importProxies(operator, list, { ...noOptions, dryRun })).rejects.toMatchObject(refusal);
    const force = { force: true, onProgress: () => undefined };
    await expect(rotateKeys(operator, allProcesses("dead"), force)).rejects.toMatchObject(refusal);
    expect((await operator.store.proxies.list()).map(({ sealed }) => sealed?.keyId)).toEqual([right?.id]);
    expect(await listAccounts(operator.store)).toEqual([]);
  });

  test("may seal the first credential, and every one that any of them opens is enough", async () => {
    const { operator } = bench;
    await addProxy(operator, proxyRequest("fra-1"));
    bench.keys = [generateKey(), ...bench.keys];
    await addProxy(operator, proxyRequest("fra-2"));
    bench.keys = bench.keys.slice(0, 1);
    await addProxy(operator, proxyRequest("fra-3"));
    await addProxy(operator, proxyRequest("open-1", false));
  });

  test("are judged by opening where nobody wrote down the key of adopted rows", async () => {
    const { operator } = bench;
    await addProxy(operator, proxyRequest("fra-1"));
    const [proxy] = await operator.store.proxies.list();
    if (proxy?.sealed === undefined) throw new Error("nothing was sealed");
    await operator.store.proxies.update(proxy.id, { sealed: { ...proxy.sealed, keyId: "" as KeyId } });
    await addProxy(operator, proxyRequest("fra-2", false));
    expect((await editProxy(operator, "fra-2", { credential })).changed).toContain("credential");
    const others = operatorBench(operator.store);
    await operator.store.proxies.update((await operator.store.proxies.find("fra-2"))?.id as ProxyId, {
      sealed: undefined,
      authType: "none",
    });
    await expect(addProxy(others.operator, proxyRequest("fra-3"))).rejects.toMatchObject(refusal);
  });
});
