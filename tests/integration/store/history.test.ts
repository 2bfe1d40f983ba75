import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportAll } from "../../../lib/adapters/store/export.ts";
import { importAll } from "../../../lib/adapters/store/import.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { exitIp, sampleAccount, sampleOwner, sampleRun, storeAccount } from "../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { eventually } from "../../support/eventually.ts";

const dayMs = 86_400_000;
const daysAgo = (days: number) => instant(Date.now() - days * dayMs);

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = await database.store();
});
afterAll(() => database.drop());

async function event(message: string, days: number): Promise<void> {
  const fixed = { kind: "k", severity: "info", actor: "system", host: "h" } as const;
  await store.history.append({ ...fixed, at: daysAgo(days), message });
}

async function ended(account: ReturnType<typeof sampleAccount>, days: number): Promise<RunId> {
  const run = sampleRun(account, sampleOwner(), { startedAt: daysAgo(days) });
  await store.runs.begin(run);
  await store.runs.end(run.id, { at: daysAgo(days), by: "bot", exitCode: 0, reason: undefined });
  return run.id;
}

async function asAdmin<T extends pg.QueryResultRow>(text: string): Promise<readonly T[]> {
  const client = new pg.Client(database.adminConfig);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

const partitions = async () =>
  (
    await asAdmin<{ name: string; rows: number }>(`select c.relname as name from pg_inherits i
      join pg_class c on c.oid = i.inhrelid where i.inhparent = 'launch.events'::regclass order by 1`)
  ).map(({ name }) => name);
const messages = async () => (await store.history.list({ limit: 100 })).map(({ message }) => message);

describe("history that is kept for 90 days", () => {
  it("goes by whole months, as the launcher's role that owns nothing, and makes room for the month that comes", async () => {
    await event("a year ago", 365);
    await event("half a year ago", 180);
    await event("yesterday", 1);
    await event("now", 0);
    expect(await partitions()).toEqual(["events_rest"]);
    await store.history.keep(90);
    expect(await messages()).toEqual(["now", "yesterday"]);
    await event("last month", 35);
    await store.history.keep(90);
    // A month goes once all of it is old enough.
    await store.history.keep(35);
    expect(await messages()).toEqual(["last month", "now", "yesterday"]);
    const month = (at: Date) =>
      `events_${at.getUTCFullYear()}_${String(at.getUTCMonth() + 1).padStart(2, "0")}`;
    const today = new Date();
    const next = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 1, 1));
    expect(await partitions()).toEqual(expect.arrayContaining([month(today), month(next), "events_rest"]));
    await event("later", 0);
    const rest = await asAdmin<{ count: string }>("select count(*) from launch.events_rest");
    expect([rest, await messages()]).toEqual([[{ count: "0" }], ["later", "last month", "now", "yesterday"]]);
  });

  it("stays append-only in every partition, for the launcher and for the superuser", async () => {
    const [newest = ""] = (await partitions()).filter((name) => name !== "events_rest").toReversed();
    for (const table of ["events", newest, "events_rest"]) {
      await event("late", 0);
      for (const change of [
        `truncate launch.${table}`,
        "update launch.events set message = ''",
        "delete from launch.events",
      ])
        await expect(asAdmin(change)).rejects.toThrow("append-only");
    }
    const launcher = new pg.Client(database.config);
    await launcher.connect();
    try {
      for (const text of [
        `delete from launch.${newest}`,
        "drop table launch.events_rest",
        `update launch.${newest} set message = ''`,
      ])
        await expect(launcher.query(text)).rejects.toMatchObject({ code: "42501" });
    } finally {
      await launcher.end();
    }
  });

  it("keeps the last run of each unit, live ones, and exits that are still used", async () => {
    const { account, proxy } = await storeAccount(store, "alice");
    const bob = sampleAccount("bob");
    await ended(account, 300);
    const last = await ended(account, 200);
    await ended(bob, 200);
    const recent = await ended(bob, 10);
    const live = sampleRun(sampleAccount("carol"), sampleOwner(), { startedAt: daysAgo(400) });
    await store.runs.begin(live);
    const use = { accountId: account.id, proxyId: proxy.id, venues: account.venues, from: daysAgo(400) };
    const [closed, open] = [randomUUID() as RunId, live.id];
    await store.runs.openExitUse({ ...use, exitIps: [exitIp("203.0.113.7")], runId: closed });
    await store.runs.closeExitUse(closed, daysAgo(200));
    await store.runs.openExitUse({ ...use, exitIps: [exitIp("203.0.113.8")], runId: open });
    await store.history.keep(90);
    const runs = await asAdmin<{ run_id: string }>("select run_id from launch.runs order by ended_at");
    expect(runs.map(({ run_id: id }) => id)).toEqual([last, recent, live.id]);
    expect(await asAdmin("select run_id from launch.exit_uses")).toEqual([{ run_id: open }]);
  });

  it("keeps 30 days even for a launcher's role that asks for less", async () => {
    const { account, proxy } = await storeAccount(store, "dora");
    const use = { accountId: account.id, proxyId: proxy.id, venues: account.venues, from: daysAgo(400) };
    const [old, recent] = [randomUUID() as RunId, randomUUID() as RunId];
    for (const [runId, days] of [
      [old, 31],
      [recent, 29],
    ] as const) {
      await store.runs.openExitUse({ ...use, exitIps: [exitIp("203.0.113.9")], runId });
      await store.runs.closeExitUse(runId, daysAgo(days));
    }
    await store.history.keep(0);
    const kept = await asAdmin<{ run_id: string }>("select run_id from launch.exit_uses");
    const ids = kept.map(({ run_id: id }) => id);
    expect([ids.includes(old), ids.includes(recent)]).toEqual([false, true]);
  });

  it("lets requests and permits for switches go with it", async () => {
    await asAdmin(`
      insert into launch.requests (id, unit_key, verb, by, at)
        select gen_random_uuid(), days::text, 'stop', 'user:a', now() - days * interval '1 day' from unnest('{29,31}'::int[]) days;
      insert into launch.switch_permits (id, account_id, run_id, kind, cause, venues, host_key, at)
        select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'planned', 'burned', '{any}', days::text,
          now() - days * interval '1 day' from unnest('{29,31}'::int[]) days`);
    await store.history.keep(30);
    expect(await asAdmin("select unit_key from launch.requests")).toEqual([{ unit_key: "29" }]);
    expect(await asAdmin("select host_key from launch.switch_permits")).toEqual([{ host_key: "29" }]);
  });

  it("is exported and imported across its partitions, and numbered on behind them", async () => {
    const lines: string[] = [];
    await exportAll({ connection: () => Promise.resolve(database.config) }, (line) => void lines.push(line));
    const copy = await testDatabase();
    try {
      await importAll({ connection: () => Promise.resolve(copy.config) }, lines);
      const other = await copy.store();
      await other.history.keep(90);
      const fixed = { kind: "k", severity: "info", actor: "system", host: "h", at: daysAgo(0) } as const;
      await other.history.append({ ...fixed, message: "behind" });
      const found = (await other.history.list({ limit: 100 })).map(({ message }) => message);
      expect(found).toEqual(["behind", ...(await messages())]);
    } finally {
      await copy.drop();
    }
  });

  it("is bounded by one caller at a time, and by none that waits", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => database.store()));
    await Promise.all(stores.map((each) => each.history.keep(90)));
    expect(await messages()).toContain("now");
  });

  it("refuses no event that is stored while its month is made", async () => {
    await event("nothing is lost", 400);
    const maker = new pg.Client(database.adminConfig);
    await maker.connect();
    try {
      await maker.query("begin");
      await maker.query(
        "select launch.make_history_month(date_trunc('month', now() - interval '400 days', 'UTC'))",
      );
      const storing = event("stored meanwhile", 400);
      const isWaiting =
        "select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'append_events'";
      await eventually(
        () => asAdmin(isWaiting),
        (rows) => rows.length > 0,
        2_000,
      );
      await maker.query("commit");
      await storing;
    } finally {
      await maker.end();
    }
    expect(await messages()).toEqual(expect.arrayContaining(["nothing is lost", "stored meanwhile"]));
  });

  it("is bounded although an event has no month, and keeps no event waiting while it waits for others", async () => {
    await asAdmin(`insert into launch.events (at, kind, severity, actor, host, message)
      values ('infinity', 'k', 'info', 'a', 'h', 'never')`);
    await store.history.keep(90);
    await asAdmin(
      "set session_replication_role = replica; delete from launch.events where message = 'never'",
    );

    await event("half a year ago", 180);
    const dave = sampleAccount("dave");
    const run = await ended(dave, 200);
    await ended(dave, 10);
    const holder = new pg.Client(database.adminConfig);
    await holder.connect();
    try {
      await holder.query(`begin; select from launch.runs where run_id = '${run}' for update`);
      const keeping = store.history.keep(90).catch(() => undefined);
      const isWaiting =
        "select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'keep_history'";
      await eventually(
        () => asAdmin(isWaiting),
        (rows) => rows.length > 0,
        2_000,
      );
      await asAdmin("begin; lock table only launch.events in row exclusive mode nowait; commit");
      await holder.query("rollback");
      await keeping;
    } finally {
      await holder.end();
    }
    await store.history.keep(90);
    expect(await messages()).not.toContain("half a year ago");
  });
});
