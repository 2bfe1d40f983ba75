import { createServer, type Server, type Socket } from "node:net";
import type pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { withAdmin } from "../../support/database/postgres-cluster.ts";
import { eventually } from "../../support/eventually.ts";
import { sampleAccount } from "../../support/sample-facts.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function database(): Promise<TestDatabase> {
  const made = await testDatabase();
  cleanups.push(() => made.drop());
  return made;
}

/** Waits until a statement of the store is held up by the lock of `admin`, ends its connection, and gives the lock back. */
async function cutOffWaiting(admin: pg.Client, database: string): Promise<void> {
  const waiting = () =>
    admin.query("select 1 from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'", [database]);
  await eventually(
    async () => (await waiting()).rows.length,
    (count) => count === 1,
  );
  await admin.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'launch'",
    [database],
  );
  await admin.query("rollback");
}

/** A server that accepts and says nothing: a database that hangs. */
async function silentServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
}

async function cutAll(name: string, db: TestDatabase): Promise<void> {
  await withAdmin(db.cluster, "postgres", (admin) =>
    admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]),
  );
}

describe("a database in trouble", () => {
  it("what a connection planned for an account's facts may be gone, as behind a pooler: they are read all the same", async () => {
    const db = await database();
    const store = await openPostgresStore({ connection: () => Promise.resolve(db.config), poolSize: 1 });
    cleanups.push(() => store.close());
    const account = sampleAccount({ name: "alice" });
    await store.accounts.create(account);
    const planned = async () => {
      const text = "select count(*)::int as count from pg_prepared_statements";
      return (await store.connections.session.query({ text }))[0]?.["count"];
    };
    expect((await store.accounts.facts(account.id))?.account.name).toBe("alice");
    expect(await planned()).toBe(1);
    await store.connections.session.query({ text: "deallocate all" });
    expect((await store.accounts.facts(account.id))?.account.name).toBe("alice");
    expect((await store.accounts.facts(account.id))?.account.name).toBe("alice");
    expect(await planned()).toBe(0);
  });

  it("a database that hangs while connecting is reported within the limit, without the password", async () => {
    const port = await silentServer();
    const connectionString = `postgresql://launch:hunter2@127.0.0.1:${port}/trading`;
    const error = await openPostgresStore({
      connection: () => Promise.resolve({ connectionString }),
      connectTimeoutMs: 200,
    }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "LAUNCH_STORE_UNREACHABLE",
      exitStatus: 75,
      message: expect.stringContaining(`"trading" at 127.0.0.1:${port}`),
    });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
  });

  it("a statement that waits too long rejects within the limit and the next one works", async () => {
    const db = await database();
    const store = await db.store({ queryTimeoutMs: 300 });
    await withAdmin(db.cluster, db.name, async (admin) => {
      await admin.query("begin; lock table launch.accounts");
      await expect(store.accounts.list()).rejects.toMatchObject({ code: "LAUNCH_STORE_UNREACHABLE" });
      await admin.query("rollback");
    });
    expect(await store.accounts.list()).toEqual([]);
  });

  it("a wrong password and a missing database say so and never the password", async () => {
    const db = await database();
    const open = (connectionString: string) =>
      openPostgresStore({ connection: () => Promise.resolve({ connectionString }) });
    const wrong = db.url.replace(db.cluster.password, "hunter2");
    await expect(open(wrong)).rejects.toMatchObject({
      code: "LAUNCH_STORE_UNREACHABLE",
      message: expect.not.stringContaining("hunter2"),
      hint: expect.stringContaining("password"),
    });
    const missing = db.url.replace(db.name, "nowhere");
    await expect(open(missing)).rejects.toMatchObject({ message: expect.stringContaining('"nowhere"') });
  });

  it("an address that is no URL is refused without being repeated", async () => {
    const connection = () => Promise.resolve({ connectionString: "postgresql://launch:hunter2@[::1:5432/x" });
    const error = await openPostgresStore({ connection }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "LAUNCH_CONFIG_INVALID" });
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain("hunter2");
  });

  it("a database without our schema names the command that makes it", async () => {
    const db = await testDatabase({ isEmpty: true });
    cleanups.push(() => db.drop());
    const store = await db.store();
    await expect(store.accounts.list()).rejects.toMatchObject({
      code: "LAUNCH_SCHEMA_OUTDATED",
      hint: expect.stringContaining("launch db migrate"),
    });
  });

  it("after every connection was cut, reads go on", async () => {
    const db = await database();
    const store = await db.store();
    await store.accounts.list();
    await cutAll(db.name, db);
    expect(await Promise.all([store.accounts.list(), store.proxies.list(), store.runs.live()])).toEqual([
      [],
      [],
      [],
    ]);
    await cutAll(db.name, db);
    expect(await store.accounts.list()).toEqual([]);
  });

  it("a read that was cut off while it waited is sent again after the server was called up", async () => {
    const db = await database();
    let calls = 0;
    const store = await db.store({
      connection: () => {
        calls += 1;
        return Promise.resolve(db.config);
      },
    });
    await withAdmin(db.cluster, db.name, async (admin) => {
      await admin.query("begin; lock table launch.accounts");
      const reading = store.accounts.list();
      await cutOffWaiting(admin, db.name);
      expect(await reading).toEqual([]);
    });
    expect(calls).toBe(2);
  });

  it("a write that was cut off is not sent twice", async () => {
    const db = await database();
    const store = await db.store();
    await withAdmin(db.cluster, db.name, async (admin) => {
      await admin.query("begin; lock table launch.events");
      const writing = store.history
        .append({ at: instant(0), kind: "k", severity: "info", actor: "a", host: "h", message: "m" })
        .catch((error: unknown) => error);
      await cutOffWaiting(admin, db.name);
      expect(await writing).toMatchObject({ code: "LAUNCH_STORE_UNREACHABLE" });
    });
    expect(await store.history.list({ limit: 10 })).toEqual([]);
  });

  it("a server that was not there at first is found once it is called up", async () => {
    const db = await database();
    let calls = 0;
    const store = await openPostgresStore({
      connection: async () => {
        calls += 1;
        return calls === 1 ? { host: "127.0.0.1", port: 1, database: "x", user: "x" } : db.config;
      },
    });
    cleanups.push(() => store.close());
    expect(await store.accounts.list()).toEqual([]);
    expect(calls).toBe(2);
  });

  it("a connection that breaks inside a transaction rejects and leaves nothing", async () => {
    const db = await database();
    const store = await db.store();
    const work = store.transaction(async (inside: Store) => {
      await inside.history.append({
        at: instant(0),
        kind: "k",
        severity: "info",
        actor: "system",
        host: "h",
        message: "never kept",
      });
      await cutAll(db.name, db);
      await inside.accounts.list();
    });
    await expect(work).rejects.toMatchObject({ code: "LAUNCH_STORE_UNREACHABLE" });
    expect(await store.history.list({ limit: 10 })).toEqual([]);
  });

  it("every connection holds the session lock before its first statement", async () => {
    const db = await database();
    const store = await db.store({ sessionLock: 424_242 });
    await Promise.all([store.accounts.list(), store.proxies.list(), store.runs.live()]);
    const held = await withAdmin(db.cluster, db.name, (admin) =>
      admin.query(
        `select (select count(*) from pg_locks where locktype = 'advisory' and objid = 424242 and mode = 'ShareLock') as locks,
           (select count(*) from pg_stat_activity where datname = $1 and usename = 'launch') as connections`,
        [db.name],
      ),
    );
    const [counts] = held.rows;
    expect(Number(counts.locks)).toBeGreaterThan(0);
    expect(counts.locks).toBe(counts.connections);
  });
});
