import { beforeEach, describe, expect, test } from "vitest";
import type { CountryCode, VenueName } from "../../../lib/domain/account.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import {
  holdAccount,
  releaseAccount,
  removeAccount,
} from "../../../lib/operations/accounts/change-account.ts";
import { editAccount } from "../../../lib/operations/accounts/edit-account.ts";
import { listAccounts } from "../../../lib/operations/accounts/list-accounts.ts";
import {
  assignProxy,
  demoteAssignment,
  reviveAssignment,
  unassignProxy,
} from "../../../lib/operations/assignments/change-assignment.ts";
import { listEvents } from "../../../lib/operations/history/list-events.ts";
import { addProxy, type ProxyRequest } from "../../../lib/operations/proxies/create-proxy.ts";
import { botSlot, mustHold } from "../../contract/store/samples.ts";
import { allProcesses, type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";
import { sampleProcess, sampleRun } from "../../support/sample-facts.ts";

let bench: OperatorBench;
beforeEach(() => {
  bench = operatorBench();
});

const proxyRequest = (label: string, user?: string): ProxyRequest => ({
  label,
  endpoint: { scheme: "http", host: `${label}.example`, port: 8001 },
  credential: user === undefined ? undefined : { user, secret: new Secret("hunter2") },
  country: undefined,
  provider: undefined,
  expectedIp: undefined,
  expiresAt: undefined,
  metadata: {},
});
const alice = (label?: string) => ({
  name: "alice",
  venues: [],
  allowedCountries: [],
  groupName: undefined,
  proxy:
    label === undefined
      ? undefined
      : ({ kind: "new", request: proxyRequest(label, "u"), priority: 1 } as const),
});

describe("adding an account", () => {
  test("stores account, sealed proxy and assignment together, and tells no secret to the history", async () => {
    const { operator } = bench;
    await addAccount(operator, alice("fra-1"));
    const [listed] = await listAccounts(operator.store);
    expect(listed?.account.venues).toEqual(["any"]);
    expect(listed?.proxies.map(({ proxy, assignment }) => [proxy.label, assignment.priority])).toEqual([
      ["fra-1", 1],
    ]);
    const events = await listEvents(operator.store, { unitName: undefined, limit: 9 });
    expect(events.map(({ kind }) => kind).sort()).toEqual([
      "account.added",
      "assignment.added",
      "proxy.added",
    ]);
    expect(JSON.stringify([listed, events])).not.toContain("hunter2");
  });

  test("with a label that is taken leaves neither account nor event behind", async () => {
    const { operator } = bench;
    await addProxy(operator, proxyRequest("fra-1"));
    await expect(addAccount(operator, alice("fra-1"))).rejects.toMatchObject({
      code: "LAUNCH_ALREADY_EXISTS",
    });
    expect(await listAccounts(operator.store)).toEqual([]);
    const events = await listEvents(operator.store, { unitName: undefined, limit: 9 });
    expect(events.map(({ kind }) => kind)).toEqual(["proxy.added"]);
  });

  test("can begin with a proxy of the pool, and refuses one that is not there by its nearest label", async () => {
    const { operator } = bench;
    await addProxy(operator, proxyRequest("fra-1"));
    const known = (label: string) => ({ ...alice(), proxy: { kind: "known", label, priority: 3 } as const });
    await expect(addAccount(operator, known("fra1"))).rejects.toMatchObject({
      code: "LAUNCH_UNKNOWN_PROXY",
      hint: 'Did you mean "fra-1"?',
    });
    expect((await addAccount(operator, known("fra-1"))).proxy?.label).toBe("fra-1");
  });

  test("needs no key when its proxy has no credential", async () => {
    bench.keys = [];
    const { operator } = bench;
    const request = { ...alice(), venues: ["binance" as VenueName] };
    const proxy = { kind: "new", request: proxyRequest("fra-1"), priority: 1 } as const;
    expect((await addAccount(operator, { ...request, proxy })).proxy?.authType).toBe("none");
    await expect(addAccount(operator, { ...alice("fra-2"), name: "bob" })).rejects.toMatchObject({
      code: "LAUNCH_MASTER_KEY_MISSING",
    });
  });
});

describe("the venues of an account", () => {
  const forVenue = (venue: string, more: { readonly newVenue?: boolean; readonly name?: string } = {}) => ({
    ...alice(),
    venues: [venue as VenueName],
    ...more,
  });

  test("are refused by the nearest name when nobody knows them, and nothing is stored", async () => {
    const { operator } = bench;
    await expect(addAccount(operator, forVenue("binnace"))).rejects.toMatchObject({
      code: "LAUNCH_UNKNOWN_VENUE",
      message: 'No venue is known as "binnace".',
      hint: 'Did you mean "binance"? If the venue is really new, add --new-venue.',
    });
    expect(await listAccounts(operator.store)).toEqual([]);
  });

  test("may be new when that is said, and are known from then on", async () => {
    const { operator } = bench;
    await addAccount(operator, forVenue("desk-venue", { newVenue: true }));
    expect((await addAccount(operator, forVenue("desk-venue", { name: "bob" }))).account.venues).toEqual([
      "desk-venue",
    ]);
    await expect(addAccount(operator, forVenue("desk-venu", { name: "carol" }))).rejects.toMatchObject({
      hint: expect.stringContaining('"desk-venue"'),
    });
  });

  test("count under one name each", async () => {
    const venues = ["binanceusdm", "binance", "okex"] as VenueName[];
    expect((await addAccount(bench.operator, { ...alice(), venues })).account.venues).toEqual([
      "binance",
      "okx",
    ]);
  });

  test("are changed by an edit, by the same rule, with country and group, and the history tells it", async () => {
    const { operator } = bench;
    await addAccount(operator, alice());
    await expect(editAccount(operator, "alice", { venues: ["zeroda" as VenueName] })).rejects.toMatchObject({
      hint: expect.stringContaining('"zerodha"'),
    });
    const { account, changed } = await editAccount(operator, "alice", {
      venues: ["zerodha" as VenueName],
      allowedCountries: ["IN" as CountryCode],
      groupName: "desk",
    });
    expect([account.venues, account.allowedCountries, account.groupName, changed]).toEqual([
      ["zerodha"],
      ["IN"],
      "desk",
      ["venue", "country", "group"],
    ]);
    const cleared = await editAccount(operator, "alice", {
      venues: [],
      allowedCountries: [],
      groupName: null,
    });
    expect(cleared.account).toMatchObject({ venues: ["any"], allowedCountries: [], groupName: undefined });
    await expect(editAccount(operator, "alice", {})).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
    const [event] = await listEvents(operator.store, { unitName: "alice", limit: 1 });
    expect(event).toMatchObject({
      kind: "account.edited",
      message: "Account alice was edited: venue, country, group.",
    });
  });

  test("the first account of a group is said, with the group that was perhaps meant", async () => {
    const { operator } = bench;
    const inGroup = (name: string, groupName: string) => ({ ...alice(), name, groupName });
    expect((await addAccount(operator, inGroup("alice", "desk"))).newGroup).toBe(
      "first account of group desk",
    );
    expect((await addAccount(operator, inGroup("bob", "desk"))).newGroup).toBeUndefined();
    expect((await addAccount(operator, inGroup("carol", "dest"))).newGroup).toBe(
      "first account of group dest; near: desk",
    );
    expect((await editAccount(operator, "carol", { groupName: "desk" })).newGroup).toBeUndefined();
  });
});

describe("an account", () => {
  test("is not removed while its bot may run, and its history outlives it", async () => {
    const { operator } = bench;
    const { account } = await addAccount(operator, alice());
    const run = sampleRun({ unit: { kind: "bot", accountId: account.id, name: "alice" } });
    await operator.store.runs.begin(run);
    const owner = { runId: run.id, launcherId: run.launcherId, launcher: sampleProcess() };
    await mustHold(operator.store, { slot: botSlot(account), owner });
    await expect(removeAccount(operator, allProcesses("elsewhere"), "alice")).rejects.toMatchObject({
      code: "LAUNCH_IN_USE",
      message: 'Account "alice" runs: alice on host-a (pid 4711).',
    });
    await removeAccount(operator, allProcesses("dead"), "alice");
    expect(await listAccounts(operator.store)).toEqual([]);
    const events = await listEvents(operator.store, { unitName: "alice", limit: 9 });
    expect(events[0]?.kind).toBe("account.removed");
    expect(await operator.store.runs.live()).toEqual([]);
  });

  test("with a typing error is refused by the nearest name, also where its events are asked for", async () => {
    const { operator } = bench;
    await addAccount(operator, alice());
    const refusal = { code: "LAUNCH_UNKNOWN_ACCOUNT", hint: 'Did you mean "alice"?' };
    await expect(removeAccount(operator, allProcesses("dead"), "alcie")).rejects.toMatchObject(refusal);
    expect(await listEvents(operator.store, { unitName: "ticks", limit: 1 }, ["ticks"])).toEqual([]);
    await expect(listEvents(operator.store, { unitName: "alic", limit: 1 })).rejects.toMatchObject(refusal);
  });

  test("can be held once and released once", async () => {
    const { operator } = bench;
    await addAccount(operator, alice());
    expect((await holdAccount(operator, "alice", "kyc review")).hold).toEqual({
      by: "user:tester",
      why: "kyc review",
    });
    expect((await releaseAccount(operator, "alice")).hold).toBeUndefined();
    expect((await releaseAccount(operator, "alice")).hold).toBeUndefined();
  });
});

describe("an assignment", () => {
  const pairing = { accountName: "alice", proxyLabel: "fra-2" };
  const statusOf = async () => {
    const [listed] = await listAccounts(bench.operator.store);
    return listed?.proxies.find(({ proxy }) => proxy.label === "fra-2")?.assignment;
  };
  beforeEach(async () => {
    await addAccount(bench.operator, alice("fra-1"));
    await addProxy(bench.operator, proxyRequest("fra-2"));
  });

  test("without a priority goes behind the others, and given again keeps it", async () => {
    expect((await assignProxy(bench.operator, pairing, undefined)).priority).toBe(2);
    expect((await assignProxy(bench.operator, pairing, undefined)).priority).toBe(2);
    expect((await assignProxy(bench.operator, pairing, 1)).priority).toBe(1);
  });

  test("cools for the time it is demoted for, and a revive ends that with its failures", async () => {
    const { operator } = bench;
    const { id } = await assignProxy(operator, pairing, undefined);
    await operator.store.accounts.updateAssignment(id, { failures: 4 });
    const { until } = await demoteAssignment(operator, pairing, { forMs: 60_000, why: "captcha" });
    expect(until).toBe(bench.nowMs + 60_000);
    expect(await statusOf()).toMatchObject({ status: "cooling", cooldownUntil: until, failures: 4 });
    await reviveAssignment(operator, pairing);
    expect(await statusOf()).toMatchObject({ status: "standby", cooldownUntil: undefined, failures: 0 });
    const [event] = (await listEvents(operator.store, { unitName: "alice", limit: 9 })).filter(
      ({ kind }) => kind === "assignment.demoted",
    );
    expect(event?.message).toBe("fra-2 was demoted for alice for 1 min: captcha");
  });

  test("that is quarantined has no end", async () => {
    await assignProxy(bench.operator, pairing, undefined);
    await demoteAssignment(bench.operator, pairing, { forMs: undefined, why: undefined });
    expect(await statusOf()).toMatchObject({ status: "quarantined", cooldownUntil: undefined });
  });

  test("that does not exist is refused with the command that makes it", async () => {
    const demotion = { forMs: undefined, why: undefined };
    await expect(demoteAssignment(bench.operator, pairing, demotion)).rejects.toMatchObject({
      code: "LAUNCH_UNKNOWN_PROXY",
      hint: "Assign it with `launch assign alice fra-2`.",
    });
    await unassignProxy(bench.operator, pairing);
    const events = await bench.operator.store.history.list({ limit: 9 });
    expect(events.map(({ kind }) => kind)).not.toContain("assignment.removed");
  });
});
