import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { exportAll } from "../../../lib/adapters/store/export.ts";
import { importAll } from "../../../lib/adapters/store/import.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { at, exitIp, leaseAccount, sampleRun, storeAccount } from "../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";

const databases: TestDatabase[] = [];
afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
});

async function newDatabase(): Promise<TestDatabase> {
  const database = await testDatabase();
  databases.push(database);
  return database;
}

const optionsOf = (database: TestDatabase) => ({ connection: () => Promise.resolve(database.config) });

async function exported(database: TestDatabase): Promise<string[]> {
  const lines: string[] = [];
  await exportAll(optionsOf(database), (line) => void lines.push(line));
  return lines;
}

async function fill(store: Store): Promise<void> {
  const { account, proxy, owner } = await leaseAccount(store, "alice");
  const seen = exitIp("2001:db8::1");
  await store.proxies.recordCheck({
    proxyId: proxy.id,
    runId: owner.runId,
    kind: "proof",
    isOk: true,
    reason: undefined,
    latencyMs: 3,
    exitIp: seen,
    country: "DE",
    at: at(0),
  });
  await store.runs.begin(sampleRun(account, owner));
  await store.runs.openExitUse({
    accountId: account.id,
    proxyId: proxy.id,
    exitIps: [seen],
    venues: account.venues,
    runId: owner.runId,
    from: at(1),
  });
  await store.runs.end(owner.runId, { at: at(2), by: "bot", exitCode: 0, reason: undefined });
  await store.runs.begin(sampleRun(account));
  const event = {
    at: at(0),
    kind: "k",
    severity: "info",
    actor: "system",
    host: "h",
    accountId: account.id,
  } as const;
  for (let index = 0; index < 1_203; index += 1)
    await store.history.append({ ...event, message: `m${index}` });
}

describe("export and import", () => {
  it("everything but facts of the moment arrives with its ids, sealed as it was, and can be exported again unchanged", async () => {
    const from = await newDatabase();
    const store = await from.store();
    await fill(store);
    const lines = await exported(from);
    const to = await newDatabase();
    const count = await importAll(optionsOf(to), lines);
    expect(count).toBe(lines.length - 2);
    const copy = await to.store();
    expect(await copy.proxies.list()).toEqual(await store.proxies.list());
    const [alice] = await store.accounts.list();
    if (alice === undefined) throw new Error("there is no account");
    expect(await copy.accounts.facts(alice.id)).toEqual(await store.accounts.facts(alice.id));
    expect(await exported(to)).toEqual(lines);
    expect(await copy.runs.live()).toEqual([]);
  });

  it("what is stored after an import does not collide with what came by it", async () => {
    const from = await newDatabase();
    await fill(await from.store());
    const to = await newDatabase();
    await importAll(optionsOf(to), await exported(from));
    const copy = await to.store();
    await copy.history.append({
      at: at(9),
      kind: "k",
      severity: "info",
      actor: "system",
      host: "h",
      message: "next",
    });
    expect(await copy.history.list({ limit: 1 })).toMatchObject([{ message: "next" }]);
  });

  it("an export that was cut short, or names a column of nobody's, leaves the database empty", async () => {
    const from = await newDatabase();
    await storeAccount(await from.store(), "alice");
    const lines = await exported(from);
    const to = await newDatabase();
    const rejected = (message: string) => ({
      code: "LAUNCH_IMPORT_REJECTED",
      message: expect.stringContaining(message),
    });
    await expect(importAll(optionsOf(to), lines.slice(0, -1))).rejects.toMatchObject(
      rejected("it is incomplete"),
    );
    const strange = lines.map((line) => line.replace('"failures":', '"failures); drop table x; --":'));
    await expect(importAll(optionsOf(to), strange)).rejects.toMatchObject(rejected("Line 4 has a column"));
    await expect(importAll(optionsOf(to), ["not json"])).rejects.toMatchObject(rejected("Line 1"));
    const inTheClear = lines.map((line) =>
      line.replace(/(?<="endpoint_url": ?"[a-z0-9]+:\/\/)/, "user:pass@"),
    );
    await expect(importAll(optionsOf(to), inTheClear)).rejects.toMatchObject(rejected("with a user part"));
    const twice = [...lines.slice(0, 2), ...lines.slice(1, -1), `{"end":true,"rows":${lines.length - 1}}`];
    await expect(importAll(optionsOf(to), twice)).rejects.toMatchObject(
      rejected("Lines 2 to 3 (accounts) contain"),
    );
    const long = lines.map((line) => line.replace('"name":"alice"', `"name":"${"x".repeat(3_000_000)}"`));
    await expect(importAll(optionsOf(to), long)).rejects.toMatchObject(rejected("Lines 2 to 2 (accounts)"));
    const orphans = lines.map((line) =>
      line.replace(/"account_id":"[^"]+"/, `"account_id":"${randomUUID()}"`),
    );
    await expect(importAll(optionsOf(to), orphans)).rejects.toMatchObject(
      rejected("that the export does not"),
    );
    const copy = await to.store();
    expect(await copy.accounts.list()).toEqual([]);
  });

  it("a database in use is not imported into, nor an export of a newer schema", async () => {
    const from = await newDatabase();
    await storeAccount(await from.store(), "alice");
    const lines = await exported(from);
    await expect(importAll(optionsOf(from), lines)).rejects.toMatchObject({ code: "LAUNCH_ALREADY_EXISTS" });
    const to = await newDatabase();
    const newer = [
      lines[0]?.replace(/"schemaVersion":[0-9]+/, '"schemaVersion":999') ?? "",
      ...lines.slice(1),
    ];
    await expect(importAll(optionsOf(to), newer)).rejects.toMatchObject({
      message: expect.stringContaining("schema version 999"),
    });
  });
});
