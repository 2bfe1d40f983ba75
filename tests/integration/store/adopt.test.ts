import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adoptSeed } from "../../../lib/adapters/store/adopt.ts";
import { type ProxyId, parseId } from "../../../lib/domain/ids.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { withAdmin } from "../../support/database/postgres-cluster.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase();
});
afterEach(() => database.drop());

const options = () => ({ connection: () => Promise.resolve(database.adminConfig) });
const asAdmin = <T>(work: (client: pg.Client) => Promise<T>) =>
  withAdmin(database.cluster, database.name, work);

const proxyId = "6b1f3f1e-0a52-4c57-9a3c-0f6f1d1b2a01";
const seed = `
  create table public.network_proxies (id uuid primary key, label text, endpoint_url text, auth_type text,
    credentials_encrypted bytea, metadata jsonb, is_active boolean);
  create table public.account_proxy_assignments (id serial primary key, account_id text, proxy_id uuid,
    priority int, status text, last_checked_at timestamptz);
  insert into public.network_proxies values
    ('${proxyId}', 'fra-1', 'http://gw.example:8001', 'basic', 'gAAAAAB-sealed', '{"plan":"isp"}', true),
    ('6b1f3f1e-0a52-4c57-9a3c-0f6f1d1b2a02', 'ams-1', 'socks5h://[2001:db8::1]:1080', 'none', null, null, false);
  insert into public.account_proxy_assignments (account_id, proxy_id, priority, status, last_checked_at) values
    ('alice', '${proxyId}', 1, 'active', '2026-01-02T03:04:05Z'),
    ('alice', '6b1f3f1e-0a52-4c57-9a3c-0f6f1d1b2a02', 2, 'burned', null),
    ('bob', '${proxyId}', 1, 'standby', null)`;

describe("adopting the seed", () => {
  it("copies proxies and assignments, makes the accounts, keeps credentials sealed, and leaves the originals", async () => {
    await asAdmin((client) => client.query(seed));
    const before = await asAdmin((client) =>
      client.query("select md5(array_agg(t)::text) from public.network_proxies t"),
    );
    const report = await adoptSeed(options(), "public");
    expect(report).toEqual({
      accounts: { found: 2, added: 2 },
      proxies: { found: 2, added: 2 },
      assignments: { found: 3, added: 3 },
    });
    const after = await asAdmin((client) =>
      client.query("select md5(array_agg(t)::text) from public.network_proxies t"),
    );
    expect(after.rows).toEqual(before.rows);

    const store = await database.store();
    expect(await store.proxies.find("fra-1")).toMatchObject({
      id: proxyId,
      endpoint: { scheme: "http", host: "gw.example", port: 8001 },
      authType: "basic",
      sealed: { token: "gAAAAAB-sealed", keyId: "", fingerprint: "" },
      metadata: { plan: "isp" },
      isActive: true,
    });
    expect(await store.proxies.find("ams-1")).toMatchObject({
      endpoint: { scheme: "socks5", host: "2001:db8::1", port: 1080 },
      authType: "none",
      sealed: undefined,
      isActive: false,
    });
    const alice = await store.accounts.find("alice");
    if (alice === undefined) throw new Error("alice was not adopted");
    expect(await store.accounts.assignments({ accountId: alice.id })).toMatchObject([
      { priority: 1, status: "standby", lastCheckedAt: Date.parse("2026-01-02T03:04:05Z") },
      { priority: 2, status: "burned" },
    ]);
  });

  it("adopting again adds only what is new and overwrites nothing", async () => {
    await asAdmin((client) => client.query(seed));
    await adoptSeed(options(), "public");
    const store = await database.store();
    await store.proxies.update(parseId<ProxyId>(proxyId), { isActive: false });
    await asAdmin((client) =>
      client.query(
        `insert into public.account_proxy_assignments (account_id, proxy_id, priority) values ('carol', '${proxyId}', 3)`,
      ),
    );
    expect(await adoptSeed(options(), "public")).toEqual({
      accounts: { found: 3, added: 1 },
      proxies: { found: 2, added: 0 },
      assignments: { found: 4, added: 1 },
    });
    expect(await store.proxies.find("fra-1")).toMatchObject({ isActive: false });
  });

  it("a seed with other column types and fewer columns is read too", async () => {
    await asAdmin((client) =>
      client.query(`create table public.network_proxies (id text, endpoint_url text, credentials_encrypted text);
        create table public.account_proxy_assignments (account_id text, proxy_id text);
        insert into public.network_proxies values ('p1', 'gw.example:8001', 'gAAAAAB-text');
        insert into public.account_proxy_assignments values ('alice', 'p1')`),
    );
    await adoptSeed(options(), "public");
    expect(await adoptSeed(options(), "public")).toMatchObject({ proxies: { found: 1, added: 0 } });
    const store = await database.store();
    expect(await store.proxies.find("seed-p1")).toMatchObject({ sealed: { token: "gAAAAAB-text" } });
  });

  it("a row that cannot be adopted stops everything and is named without its secret", async () => {
    await asAdmin((client) => client.query(seed));
    await asAdmin((client) =>
      client.query(
        "update public.network_proxies set endpoint_url = 'http://u:hunter2@gw.example:1' where label = 'ams-1'",
      ),
    );
    const error = await adoptSeed(options(), "public").catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "LAUNCH_IMPORT_REJECTED",
      message: expect.stringContaining('"ams-1"'),
    });
    expect(String((error as Error).stack)).not.toContain("hunter2");
    const store = await database.store();
    expect(await store.proxies.list()).toEqual([]);
  });

  it("an assignment whose proxy is missing rolls everything back", async () => {
    await asAdmin((client) => client.query(seed));
    await asAdmin((client) => client.query("delete from public.network_proxies where label = 'fra-1'"));
    await expect(adoptSeed(options(), "public")).rejects.toMatchObject({ code: "LAUNCH_UNKNOWN_PROXY" });
    const store = await database.store();
    expect(await store.accounts.list()).toEqual([]);
  });

  it("a schema without the seed's tables is named", async () => {
    await expect(adoptSeed(options(), "public")).rejects.toMatchObject({
      message: expect.stringContaining('"public" has no table network_proxies'),
    });
  });
});
