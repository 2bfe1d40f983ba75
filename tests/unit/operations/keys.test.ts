import { beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import type { ProxyId } from "../../../lib/domain/ids.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { instant } from "../../../lib/domain/time.ts";
import { listKeys, requireRetirable } from "../../../lib/operations/keys/list-keys.ts";
import { rotateKeys } from "../../../lib/operations/keys/rotate-keys.ts";
import { removeProxy } from "../../../lib/operations/proxies/change-proxy.ts";
import { addProxy } from "../../../lib/operations/proxies/create-proxy.ts";
import { editProxy } from "../../../lib/operations/proxies/edit-proxy.ts";
import { collectorSlot, mustHold, register } from "../../contract/store/samples.ts";
import { allProcesses, type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";
import { sampleProcess, sampleRun } from "../../support/sample-facts.ts";

let bench: OperatorBench;
const quiet = { force: false, onProgress: () => {} };
const nobody = allProcesses("dead");

async function addSealed(label: string): Promise<ProxyId> {
  const credential = { user: "u", secret: new Secret("hunter2") };
  const endpoint = { scheme: "http", host: `${label}.example`, port: 1 } as const;
  const facts = { country: undefined, provider: undefined, expectedIp: undefined, expiresAt: undefined };
  return (await addProxy(bench.operator, { label, endpoint, credential, ...facts, metadata: {} })).id;
}

const liveRun = async (keyIds: readonly string[], change: Parameters<typeof sampleRun>[0] = {}) => {
  const run = sampleRun(change);
  const { store } = bench.operator;
  await store.runs.begin(run);
  const owner = { runId: run.id, launcherId: run.launcherId, launcher: sampleProcess() };
  await register(store, owner, keyIds);
  await mustHold(store, { slot: collectorSlot(run.id), owner });
  return run;
};

beforeEach(async () => {
  bench = operatorBench();
  await addSealed("fra-1");
  await addSealed("fra-2");
});

describe("rotating keys", () => {
  test("seals every row with the newest key, tells how far it is, and has nothing to do a second time", async () => {
    const [old] = bench.keys;
    const fresh = generateKey();
    bench.keys = [fresh, ...bench.keys];
    const steps: string[] = [];
    const onProgress = (done: number, total: number) => steps.push(`${done}/${total}`);
    const rotated = await rotateKeys(bench.operator, nobody, { force: false, onProgress });
    expect(rotated).toEqual({ keyId: fresh.id, resealed: 2, untouched: 0 });
    expect(steps).toEqual(["1/2", "2/2"]);
    expect(await listKeys(bench.operator)).toEqual([
      { keyId: fresh.id, role: "newest", rows: 2 },
      { keyId: old?.id, role: "older", rows: 0 },
    ]);
    expect(await rotateKeys(bench.operator, nobody, quiet)).toMatchObject({ resealed: 0, untouched: 2 });
  });

  test("is refused while a live bot lacks the newest key, unless forced", async () => {
    const keyIds = bench.keys.map(({ id }) => id);
    bench.keys = [generateKey(), ...bench.keys];
    await liveRun(keyIds);
    const processes = allProcesses("alive");
    await expect(rotateKeys(bench.operator, processes, quiet)).rejects.toMatchObject({
      code: "LAUNCH_IN_USE",
      message: expect.stringContaining("alice on host-a (pid 4711)"),
    });
    expect((await rotateKeys(bench.operator, processes, { ...quiet, force: true })).resealed).toBe(2);
  });

  test("is not hindered by collectors, by runs that hold the key, or by launchers that are gone", async () => {
    bench.keys = [generateKey(), ...bench.keys];
    await liveRun([], { unit: { kind: "collector", name: "funding" } });
    await liveRun(bench.keys.map(({ id }) => id));
    expect((await rotateKeys(bench.operator, allProcesses("alive"), quiet)).resealed).toBe(2);
    bench.keys = [generateKey(), ...bench.keys];
    await liveRun([]);
    expect((await rotateKeys(bench.operator, nobody, quiet)).resealed).toBe(2);
  });

  test("with one row that no key opens names it and changes none", async () => {
    const [lost] = bench.keys;
    bench.keys = [generateKey(), ...bench.keys];
    await addSealed("ams-1");
    bench.keys = [generateKey(), ...bench.keys.slice(0, 1)];
    await expect(rotateKeys(bench.operator, nobody, quiet)).rejects.toMatchObject({
      code: "LAUNCH_CREDENTIAL_UNOPENABLE",
      message: expect.stringMatching(/fra-1[\s\S]*fra-2/),
    });
    const keys = await listKeys(bench.operator);
    expect(keys.map(({ role, rows }) => [role, rows])).toEqual([
      ["newest", 0],
      ["older", 1],
      ["missing", 2],
    ]);
    expect(keys[2]?.keyId).toBe(lost?.id);
  });
});

describe("retiring a key", () => {
  test("is refused for the newest and for one that rows or sealed files use, and takes the beginning of an id", async () => {
    const [old] = bench.keys;
    const fresh = generateKey();
    bench.keys = [fresh, ...bench.keys];
    await expect(requireRetirable(bench.operator, fresh.id)).rejects.toMatchObject({ code: "LAUNCH_IN_USE" });
    await expect(requireRetirable(bench.operator, old?.id ?? "")).rejects.toMatchObject({
      hint: "Run `launch keys rotate` first.",
    });
    await rotateKeys(bench.operator, nobody, quiet);
    const files = [{ path: "secrets/telegram", keyId: old?.id ?? fresh.id }];
    await expect(requireRetirable(bench.operator, old?.id ?? "", files)).rejects.toMatchObject({
      message: expect.stringContaining("secrets/telegram"),
      hint: expect.stringContaining("launch notify seal secrets/telegram"),
    });
    expect(await requireRetirable(bench.operator, old?.id.slice(0, 6) ?? "")).toBe(old?.id);
    await expect(requireRetirable(bench.operator, "zz")).rejects.toMatchObject({
      code: "LAUNCH_INVALID_VALUE",
    });
  });
});

describe("a proxy", () => {
  test("that a live run leaves through is removed only by force", async () => {
    const proxyId = (await bench.operator.store.proxies.find("fra-1"))?.id;
    await liveRun([], { proxyId });
    const processes = allProcesses("alive");
    const removal = { label: "fra-1", force: false };
    await expect(removeProxy(bench.operator, processes, removal)).rejects.toMatchObject({
      code: "LAUNCH_IN_USE",
    });
    await removeProxy(bench.operator, processes, { ...removal, force: true });
    expect(await bench.operator.store.proxies.find("fra-1")).toBeUndefined();
  });

  test("keeps its credential through a new scheme, and counts as unverified after it", async () => {
    const { operator } = bench;
    const before = await operator.store.proxies.find("fra-1");
    await operator.store.proxies.update(before?.id as ProxyId, { state: "ok" });
    const endpoint = { scheme: "socks5", host: "fra-1.example", port: 1 } as const;
    const { changed } = await editProxy(operator, "fra-1", { endpoint });
    expect(changed).toEqual(["endpoint", "credential"]);
    const after = await operator.store.proxies.find("fra-1");
    expect(after?.state).toBe("unverified");
    expect(after?.sealed?.fingerprint).not.toBe(before?.sealed?.fingerprint);
    const subject = { id: after?.id as ProxyId, label: "fra-1", scheme: "socks5" } as const;
    const vault = await operator.openVault();
    expect(after?.sealed && vault.open(after.sealed, subject)).toMatchObject({ kind: "opened" });
  });

  test("forgets at a new endpoint what the first proof of the old one pinned, but not what the operator expects", async () => {
    const { operator } = bench;
    const { proxies } = operator.store;
    const id = (await proxies.find("fra-1"))?.id as ProxyId;
    const expectedIp = "203.0.113.7" as ExitIp;
    const moveTo = (port: number) =>
      editProxy(operator, "fra-1", { endpoint: { scheme: "http", host: "gw.example", port } });
    await proxies.update(id, { expectedIp, expectedIpSource: "operator" });
    expect((await moveTo(1)).changed).toEqual(["endpoint"]);
    expect(await proxies.find("fra-1")).toMatchObject({ expectedIp });
    await proxies.update(id, { expectedIpSource: "first-proof" });
    expect((await moveTo(1)).proxy).toMatchObject({ expectedIp });
    expect((await moveTo(2)).changed).toEqual(["expected-ip", "endpoint"]);
    expect(await proxies.find("fra-1")).toMatchObject({ expectedIp: undefined, expectedIpSource: undefined });
  });

  test.each([
    { state: "drifted", after: "unverified" },
    { state: "ok", after: "ok" },
  ] as const)("that is $state is $after once another exit is expected of it", async ({ state, after }) => {
    const { proxies } = bench.operator.store;
    const id = (await proxies.find("fra-1"))?.id as ProxyId;
    await proxies.update(id, { state, expectedIp: "203.0.113.7" as ExitIp, expectedIpSource: "first-proof" });
    await editProxy(bench.operator, "fra-1", { expectedIp: "203.0.113.8" as ExitIp });
    expect((await proxies.find("fra-1"))?.state).toBe(after);
  });

  test("tells what was edited in the words of the flags", async () => {
    const { changed } = await editProxy(bench.operator, "fra-1", { expiresAt: instant(5), country: null });
    expect(changed).toEqual(["country", "expires"]);
  });

  test("is not edited by nothing", async () => {
    await expect(editProxy(bench.operator, "fra-1", {})).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
  });
});
