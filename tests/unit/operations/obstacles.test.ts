import { beforeEach, describe, expect, test } from "vitest";
import { generateKey } from "../../../lib/adapters/vault/master-key.ts";
import type { CountryCode } from "../../../lib/domain/account.ts";
import type { HealthState } from "../../../lib/domain/proxy/proxy-health.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { instant } from "../../../lib/domain/time.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { holdAccount } from "../../../lib/operations/accounts/change-account.ts";
import { reviveAssignment } from "../../../lib/operations/assignments/change-assignment.ts";
import { obstaclesTo } from "../../../lib/operations/assignments/obstacles.ts";
import type { ProxyChange } from "../../../lib/ports/store/proxy-store.ts";
import { type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";

const pairing = { accountName: "alice", proxyLabel: "fra-1" };
let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  const request = {
    label: "fra-1",
    endpoint: { scheme: "http", host: "gw.example", port: 8001 },
    credential: { user: "u", secret: new Secret("hunter2") },
    country: "DE" as CountryCode,
    provider: undefined,
    expectedIp: undefined,
    expiresAt: undefined,
    metadata: {},
  } as const;
  const proxy = { kind: "new", request, priority: 1 } as const;
  const account = { venues: [], allowedCountries: ["DE" as CountryCode], groupName: undefined, proxy };
  await addAccount(bench.operator, { name: "alice", ...account });
});

const change = async ({ health, ...facts }: ProxyChange & { readonly health?: HealthState }) => {
  const proxy = await bench.operator.store.proxies.find("fra-1");
  if (proxy === undefined) throw new Error("the bench has lost its proxy");
  const { store, hostKey } = bench.operator;
  await store.proxies.update(proxy.id, facts);
  if (health === undefined) return;
  const row = { state: health, since: instant(3_540_000), failures: 1, nextProbeAt: undefined };
  const next = { ...row, proxyId: proxy.id, hostKey, lastOkAt: undefined, latencyMs: undefined };
  expect(await store.apply([{ on: "health", expected: undefined, next }])).toEqual([]);
};
const told = async (operator = bench.operator) => {
  await reviveAssignment(operator, pairing);
  return (await obstaclesTo(operator, pairing)).map(({ message, fix }) => `${message} ${fix}`);
};

describe("what stands against a proxy that was revived for an account", () => {
  test("is nothing when nothing does", async () => {
    expect(await told()).toEqual([]);
  });

  test.each<[ProxyChange & { readonly health?: HealthState }, RegExp]>([
    [
      { state: "drifted", stateSince: instant(3_400_000) },
      /^fra-1 has shown another exit IP than expected for 3 min\. .*--proxy-expected-ip ADDRESS`.*`launch proxy check fra-1`/,
    ],
    [
      { state: "drifted", stateSince: instant(3_540_000), nextProbeAt: instant(3_640_000) },
      /for 1 min \(next try in 40 s\)/,
    ],
    [{ health: "down" }, /has not answered.*`launch proxy check fra-1`/],
    [{ isActive: false }, /is disabled.*`launch proxy enable fra-1`/],
    [{ health: "auth_failed" }, /credential refused.*`launch proxy edit fra-1 --proxy-user/],
    [{ expiresAt: instant(1) }, /has expired.*--proxy-expires DATE`/],
    [
      { country: "FR" as CountryCode },
      /is in FR, not in DE.*If that country is wrong, correct it with .*--proxy-country CODE`/,
    ],
    [{ country: undefined }, /has no country on record.*Say where it is with .*--proxy-country CODE`/],
  ])("is told with what ends it: %j", async (facts, expected) => {
    await change(facts);
    expect(await told()).toEqual([expect.stringMatching(expected)]);
  });

  test("is all of it, not the first alone", async () => {
    await change({ isActive: false, state: "drifted" });
    expect(await told()).toEqual([
      expect.stringContaining("is disabled"),
      expect.stringContaining("another exit IP"),
    ]);
  });

  test("is the operator's own hold", async () => {
    await holdAccount(bench.operator, "alice", "audit");
    expect(await told()).toEqual([expect.stringContaining("`launch account release alice`")]);
  });

  test.each(["held", "disabled"] as const)(
    "is ended by a revive where the pair alone is %s",
    async (status) => {
      const { store } = bench.operator;
      const [assignment] = await store.accounts.assignments();
      if (assignment === undefined) throw new Error("the bench has lost its assignment");
      await store.accounts.updateAssignment(assignment.id, { status });
      expect(await obstaclesTo(bench.operator, pairing)).toMatchObject([
        { reason: status, fix: "Bring it back with `launch revive alice fra-1`." },
      ]);
      expect(await told()).toEqual([]);
    },
  );

  test("is a key that is not here, or no key at all, and that ends no revive", async () => {
    bench.keys = [generateKey()];
    expect(await told()).toEqual([expect.stringMatching(/cannot be opened.*`launch keys ls`/)]);
    const openVault = () => Promise.reject(new Error("there is no key file"));
    expect(await told({ ...bench.operator, openVault })).toEqual([expect.stringMatching(/cannot be opened/)]);
  });
});
