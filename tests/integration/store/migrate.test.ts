import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inspectSchema, migrate } from "../../../lib/adapters/store/migrate.ts";
import { leaseAccount } from "../../contract/store/samples.ts";
import {
  migrationsFolder as folder,
  type TestDatabase,
  testDatabase,
} from "../../support/database/database.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase({ isEmpty: true });
});
afterEach(() => database.drop());

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(database.adminConfig);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const allTables = [
  "acceptances",
  "account_proxy_assignments",
  "accounts",
  "alert_channels",
  "alert_inbox",
  "alert_messages",
  "alerts",
  "events",
  "events_rest",
  "evidence",
  "evidence_rest",
  "exit_leases",
  "exit_uses",
  "functions",
  "incidents",
  "launchers",
  "lease_world",
  "leases",
  "migrations",
  "moves",
  "network_proxies",
  "proxy_checks",
  "proxy_health",
  "registrations",
  "reputations",
  "requests",
  "runs",
  "switch_permits",
  "switch_scopes",
  "traffic",
  "units",
];

describe("migrations", () => {
  it("an empty database gets every table in the schema and nothing outside it, and a second time nothing", async () => {
    const connection = database.adminConfig;
    expect((await inspectSchema({ connection, folder })).kind).toBe("empty");
    const first = await migrate({ connection, folder });
    expect(first.applied).toHaveLength(first.version);
    expect(await migrate({ connection, folder })).toEqual({ applied: [], version: first.version });
    const tables = await asAdmin((client) =>
      client.query(
        "select schemaname || '.' || tablename as t from pg_tables where schemaname !~ '^(pg_|information)' order by 1",
      ),
    );
    expect(tables.rows.map(({ t }): string => t)).toEqual(allTables.map((table) => `launch.${table}`));
  });

  it("another schema name works, and a store on it", async () => {
    const connection = database.adminConfig;
    const schema = "trading desk";
    await migrate({ connection, folder, schema, grantTo: "launch" });
    const store = await database.store({ schema });
    expect(await store.accounts.list()).toEqual([]);
    const { lease } = await leaseAccount(store, "alice");
    expect(await store.launchers.renew(lease.launcherId)).toMatchObject({ tokens: [lease.token] });
    expect(await store.runs.live()).toEqual([]);
  });

  it("racers on an empty database apply each migration once", async () => {
    const connection = database.adminConfig;
    const reports = await Promise.all(
      Array.from({ length: 5 }, () => migrate({ connection, folder, grantTo: "launch" })),
    );
    const applied = reports.flatMap((report) => report.applied);
    expect(new Set(applied).size).toBe(applied.length);
    expect(applied).toHaveLength(reports[0]?.version ?? -1);
  });

  it("a database with somebody else's tables is refused in passing and used when asked for", async () => {
    const connection = database.adminConfig;
    await asAdmin((client) => client.query("create table public.orders (id int)"));
    const error = { code: "LAUNCH_FOREIGN_DATABASE", hint: expect.stringContaining("launch db migrate") };
    await expect(migrate({ connection, folder })).rejects.toMatchObject(error);
    expect((await inspectSchema({ connection, folder })).kind).toBe("foreign");
    expect((await migrate({ connection, folder, mayUseForeign: true })).applied.length).toBeGreaterThan(0);
    expect((await inspectSchema({ connection, folder })).kind).toBe("current");
  });

  it("a schema made ready by the operator is no foreign database", async () => {
    await asAdmin((client) => client.query("create table public.orders (id int); create schema launch"));
    const report = await migrate({ connection: database.adminConfig, folder });
    expect(report.applied.length).toBeGreaterThan(0);
  });

  it("another program's table called migrations stays as it is", async () => {
    await asAdmin((client) =>
      client.query(
        "create table public.migrations (name text); insert into public.migrations values ('theirs')",
      ),
    );
    await migrate({ connection: database.adminConfig, folder, mayUseForeign: true });
    const theirs = await asAdmin((client) => client.query("select * from public.migrations"));
    expect(theirs.rows).toEqual([{ name: "theirs" }]);
  });

  it("a schema to which a newer program only added is used as it is, and its functions stay", async () => {
    const connection = database.adminConfig;
    const { version } = await migrate({ connection, folder, program: "0.9.0" });
    await asAdmin((client) =>
      client.query(`insert into launch.migrations (id, name, hash) values (${version + 1}, 'later', 'x');
        update launch.functions set hash = 'of the newer'`),
    );
    const state = await inspectSchema({ connection, folder, program: "0.9.0" });
    expect(state).toMatchObject({ kind: "current", version: version + 1, newest: version });
    expect((await migrate({ connection, folder, grantTo: "launch" })).applied).toEqual([]);
    const { rows } = await asAdmin((client) => client.query("select hash from launch.functions"));
    expect(rows).toEqual([{ hash: "of the newer" }]);
    const store = await database.store();
    const { lease } = await leaseAccount(store, "alice");
    expect(await store.launchers.renew(lease.launcherId)).toMatchObject({ tokens: [lease.token] });
  });

  it("a schema from which a newer program took something away is refused with both numbers", async () => {
    const connection = database.adminConfig;
    const { version } = await migrate({ connection, folder });
    await asAdmin((client) =>
      client.query(
        `insert into launch.migrations (id, name, hash) values (${version + 2}, 'contract_pool', 'x'), (${version + 3}, 'later', 'x')`,
      ),
    );
    await expect(migrate({ connection, folder })).rejects.toMatchObject({
      code: "LAUNCH_SCHEMA_TOO_NEW",
      exitStatus: 78,
      message: expect.stringMatching(new RegExp(`version ${version + 3}; .* up to ${version}\\.`)),
    });
  });

  it("a database from before the schema was written anew is left alone, and told how its rows come along", async () => {
    const connection = database.adminConfig;
    await asAdmin((client) =>
      client.query(`create schema launch; create table launch.migrations (id integer, name text);
        insert into launch.migrations values (0, 'create-migrations-table'), (1, 'pool'), (5, 'exit-lease-token')`),
    );
    expect((await inspectSchema({ connection, folder })).kind).toBe("superseded");
    await expect(migrate({ connection, folder, mayUseForeign: true })).rejects.toMatchObject({
      code: "LAUNCH_SCHEMA_OUTDATED",
      exitStatus: 78,
      hint: expect.stringMatching(/launch db export.*launch db import/),
    });
  });

  it("functions that changed are put in place again, and an older program leaves a newer one's alone", async () => {
    const connection = database.adminConfig;
    await migrate({ connection, folder, program: "0.9.0" });
    const changed = mkdtempSync(join(tmpdir(), "slipway-functions-"));
    try {
      cpSync(folder, changed, { recursive: true });
      const text = "create or replace function lease_answer() returns integer language sql as 'select 42';";
      writeFileSync(join(changed, "functions/lease_answer.sql"), text);
      const later = { connection, folder: changed, program: "0.10.0" };
      expect((await inspectSchema(later)).kind).toBe("behind");
      expect((await migrate(later)).applied).toEqual([]);
      const { rows } = await asAdmin((client) => client.query("select launch.lease_answer() as answer"));
      expect(rows).toEqual([{ answer: 42 }]);
      expect((await inspectSchema({ connection, folder, program: "0.9.0" })).kind).toBe("current");
      expect((await inspectSchema({ connection, folder, program: "0.10.0" })).kind).toBe("behind");
    } finally {
      rmSync(changed, { recursive: true });
    }
  });

  it("a migration that fails keeps nothing of itself and all before it", async () => {
    const connection = database.adminConfig;
    const changed = mkdtempSync(join(tmpdir(), "slipway-migrations-"));
    try {
      cpSync(folder, changed, { recursive: true });
      const { newest } = await inspectSchema({ connection, folder });
      const name = `${String(newest + 1).padStart(6, "0")}_broken.sql`;
      writeFileSync(join(changed, name), "create table half (id int); select 1/0;");
      await expect(migrate({ connection, folder: changed })).rejects.toMatchObject({
        code: "LAUNCH_MIGRATION_FAILED",
        message: expect.stringContaining("division by zero"),
      });
      expect(await inspectSchema({ connection, folder })).toMatchObject({ version: newest });
      expect((await migrate({ connection, folder })).applied).toEqual([]);
      const half = await asAdmin((client) => client.query("select to_regclass('launch.half') as half"));
      expect(half.rows).toEqual([{ half: null }]);
    } finally {
      rmSync(changed, { recursive: true });
    }
  });

  it("a role that may not create the schema learns what to set", async () => {
    const attempt = migrate({ connection: database.config, folder });
    await expect(attempt).rejects.toMatchObject({ hint: expect.stringContaining("database.migrate_url") });
  });

  it("a migration that waits for another one gives up at its own limit", async () => {
    await asAdmin(async (client) => {
      await client.query("select pg_advisory_lock(7311190431)");
      const attempt = migrate({ connection: database.adminConfig, folder, timeoutMs: 300 });
      await expect(attempt).rejects.toMatchObject({ code: "LAUNCH_STORE_UNREACHABLE" });
    });
  });

  it("the launcher's role can neither change history, nor the schema, nor run programs", async () => {
    await migrate({ connection: database.adminConfig, folder, grantTo: "launch" });
    const client = new pg.Client(database.config);
    await client.connect();
    try {
      const denied = { code: "42501" };
      await expect(client.query("update launch.events set message = ''")).rejects.toMatchObject(denied);
      await expect(client.query("delete from launch.migrations")).rejects.toMatchObject(denied);
      await expect(client.query("create table launch.more (id int)")).rejects.toMatchObject(denied);
      await expect(client.query("copy (select 1) to program 'cat'")).rejects.toMatchObject(denied);
    } finally {
      await client.end();
    }
  });

  it("history can be changed by nobody, the superuser included", async () => {
    await migrate({ connection: database.adminConfig, folder });
    await asAdmin(async (client) => {
      await client.query(
        "insert into launch.events (at, kind, severity, actor, host, message) values (now(), 'k', 'info', 'a', 'h', 'm')",
      );
      for (const change of [
        "update launch.events set message = ''",
        "delete from launch.events",
        "truncate launch.events",
      ]) {
        await expect(client.query(change)).rejects.toThrow("append-only");
      }
    });
  });
});
