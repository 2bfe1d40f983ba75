import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportAll } from "../../../../lib/adapters/store/export.ts";
import { importAll } from "../../../../lib/adapters/store/import.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { Store } from "../../../../lib/ports/store/store.ts";
import { sampleEvidence } from "../../../contract/store/reputation/evidence.contract.ts";
import {
  sampleAcceptance,
  sampleReputation,
  turned,
} from "../../../contract/store/reputation/reputations.contract.ts";
import { atMost, switchClaim } from "../../../contract/store/reputation/switches.contract.ts";
import { exitIp, storeAccount } from "../../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../../support/database/database.ts";
import { eventually } from "../../../support/eventually.ts";

const dayMs = 86_400_000;
const daysAgo = (days: number) => instant(Date.now() - days * dayMs);

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await testDatabase();
  store = await database.store();
});
afterAll(() => database.drop());

async function asAdmin<T extends pg.QueryResultRow>(text: string): Promise<readonly T[]> {
  const client = new pg.Client(database.adminConfig);
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

// Only the database says when something was stored.
async function stored(why: string, days: number): Promise<void> {
  await store.evidence.append([sampleEvidence({ why })]);
  await asAdmin(
    `update launch.evidence set stored_at = now() - interval '${days} days' where why = '${why}'`,
  );
}

const told = async () => (await store.evidence.list({ limit: 99 })).map(({ why }) => why);
const weeks = async () =>
  (
    await asAdmin<{ name: string }>(`select c.relname as name from pg_inherits i
      join pg_class c on c.oid = i.inhrelid where i.inhparent = 'launch.evidence'::regclass order by 1`)
  ).map(({ name }) => name);

describe("evidence that is kept for 30 days", () => {
  it("goes by whole weeks, as the launcher's role that owns nothing, and makes room for the week that comes", async () => {
    await stored("half a year ago", 180);
    await stored("three weeks ago", 21);
    await stored("now", 0);
    expect(await weeks()).toEqual(["evidence_rest"]);
    await store.evidence.keep(30);
    expect(await told()).toEqual(["now", "three weeks ago"]);
    expect((await weeks()).filter((name) => name !== "evidence_rest")).toHaveLength(3);
    await stored("later", 0);
    const rest = await asAdmin<{ count: number }>("select count(*)::int as count from launch.evidence_rest");
    expect([rest, await told()]).toEqual([[{ count: 0 }], ["later", "now", "three weeks ago"]]);
    // The week in which the 21st day before this one lies is not over for those who look back so far.
    await store.evidence.keep(21);
    expect(await told()).toContain("three weeks ago");
    await store.evidence.keep(7);
    expect([await told(), (await weeks()).length]).toEqual([["later", "now"], 3]);
  });

  it("is kept for a day whatever the launcher's role asks for, so that budgets and guards can look back", async () => {
    await stored("an hour ago", 0.05);
    const incident = { kind: "venue", name: "okx", since: daysAgo(1), why: "All fail." } as const;
    await store.apply([{ on: "incident", next: { ...incident, untilAt: daysAgo(0.05) } }]);
    await store.evidence.keep(0);
    expect(await told()).toContain("an hour ago");
    expect(await asAdmin("select name from launch.incidents")).toEqual([{ name: "okx" }]);
  });

  it("can be added to by the launcher's role, and neither be changed nor taken away", async () => {
    const launcher = new pg.Client(database.config);
    await launcher.connect();
    try {
      for (const text of [
        "delete from launch.evidence",
        "update launch.evidence set why = ''",
        "truncate launch.evidence",
        "drop table launch.evidence_rest",
        `select launch.make_evidence_week('2020-01-06')`,
      ])
        await expect(launcher.query(text)).rejects.toMatchObject({ code: "42501" });
    } finally {
      await launcher.end();
    }
  });

  it("takes along what was said of exits so long ago, but not what has no end, and incidents that are over", async () => {
    const old = (ip: string, change: Parameters<typeof sampleReputation>[0]) =>
      turned(sampleReputation({ exitIp: exitIp(ip), since: daysAgo(40), nextProbeAt: undefined, ...change }));
    const clear = { state: "clear", because: undefined, untilAt: undefined, failures: 0 } as const;
    await store.apply([
      old("203.0.113.1", { untilAt: daysAgo(39) }),
      old("203.0.113.2", clear),
      old("203.0.113.3", { ...clear, since: daysAgo(3) }),
      old("203.0.113.4", { untilAt: undefined, state: "geo_blocked" }),
      old("203.0.113.5", { ...clear, failures: 2 }),
      old("203.0.113.6", { untilAt: instant(Date.now() + dayMs) }),
    ]);
    const incident = { kind: "host", name: "host-a", why: "No way out." } as const;
    await store.apply([{ on: "incident", next: { ...incident, since: daysAgo(40), untilAt: daysAgo(39) } }]);
    await store.evidence.keep(30);
    const kept = await store.reputations.list();
    expect(kept.map(({ exitIp: ip }) => ip)).toEqual([
      "203.0.113.3",
      "203.0.113.4",
      "203.0.113.5",
      "203.0.113.6",
    ]);
    expect(await asAdmin("select from launch.incidents where name <> 'okx'")).toEqual([]);
  });

  it("that came when a week began is kept in that week", async () => {
    await stored("Monday", 0);
    await asAdmin(`update launch.evidence set stored_at = date_trunc('week', now(), 'UTC') + interval '3 weeks'
      where why = 'Monday'`);
    await asAdmin(
      "select launch.make_evidence_week(date_trunc('week', now(), 'UTC') + n * interval '1 week') from generate_series(2, 3) n",
    );
    const [row] = await asAdmin<{ name: string }>(
      "select tableoid::regclass::text as name from launch.evidence where why = 'Monday'",
    );
    expect([row?.name, (await weeks()).at(-2)]).toEqual([
      expect.stringContaining("evidence_2"),
      row?.name.split(".").at(-1),
    ]);
  });

  it("is refused by no week that is made while it is stored", async () => {
    for (const week of (await weeks()).filter((name) => name !== "evidence_rest"))
      await asAdmin(`drop table launch.${week}`);
    const maker = new pg.Client(database.adminConfig);
    await maker.connect();
    try {
      await maker.query("begin");
      await maker.query("select launch.keep_evidence(30)");
      const storing = store.evidence.append([sampleEvidence({ why: "meanwhile" })]);
      const isWaiting =
        "select from pg_stat_activity where wait_event_type = 'Lock' and query ~ 'insert into launch.evidence'";
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
    expect(await told()).toContain("meanwhile");
  });
});

describe("an export", () => {
  it("takes evidence, reputations, acceptances, registered exits and permits along, and they go on from there", async () => {
    const { account } = await storeAccount(store, "alice", { registeredChanges: "1/7d", keyLabel: "main" });
    const by = "user:ops";
    await store.accounts.register(account.id, { exitIps: [exitIp("203.0.113.7")], at: daysAgo(1), by });
    await store.apply([{ on: "acceptance", expected: undefined, next: sampleAcceptance(account.id) }]);
    await store.switches.claim(switchClaim(account), () => ({ kind: "granted", delayMs: 0, incidents: [] }));
    await store.evidence.append([sampleEvidence({ accountId: account.id, detail: { status: 418 } })]);
    const lines: string[] = [];
    await exportAll({ connection: () => Promise.resolve(database.config) }, (line) => void lines.push(line));
    const copy = await testDatabase();
    try {
      const options = { connection: () => Promise.resolve(copy.config) };
      expect(await importAll(options, lines)).toBe(lines.length - 2);
      const again: string[] = [];
      await exportAll(options, (line) => void again.push(line));
      expect(again).toEqual(lines);
      const other = await copy.store();
      expect(await other.accounts.facts(account.id)).toEqual(await store.accounts.facts(account.id));
      expect(await other.reputations.list()).toEqual(await store.reputations.list());
      await other.evidence.append([sampleEvidence({ why: "behind" })]);
      expect(await other.evidence.list({ limit: 1 })).toMatchObject([{ why: "behind" }]);
      const { facts } = await other.switches.claim(switchClaim(account), atMost(0));
      expect(facts.ofAccount).toHaveLength(1);
    } finally {
      await copy.drop();
    }
  });

  it("of before there was any of this is read as it was", async () => {
    const { account } = await storeAccount(store, `old-${randomUUID().slice(0, 8)}`);
    const lines: string[] = [];
    await exportAll({ connection: () => Promise.resolve(database.config) }, (line) => void lines.push(line));
    const news = /"table":"(evidence|reputations|acceptances|registrations|switch_permits)"/;
    const old = lines.filter((line) => !news.test(line)).map((line) => withoutNews(line));
    const end = JSON.stringify({ end: true, rows: old.length - 2 });
    const copy = await testDatabase();
    try {
      await importAll({ connection: () => Promise.resolve(copy.config) }, [...old.slice(0, -1), end]);
      expect(await (await copy.store()).accounts.find(account.name)).toEqual(account);
    } finally {
      await copy.drop();
    }
  });
});

function withoutNews(line: string): string {
  const value = JSON.parse(line) as { slipway?: number; row?: Record<string, unknown> };
  if (value.slipway !== undefined) return JSON.stringify({ ...value, schemaVersion: 7 });
  if (value.row === undefined) return line;
  const added = ["registered_changes", "key_label", "warned_days"];
  const row = Object.fromEntries(Object.entries(value.row).filter(([name]) => !added.includes(name)));
  return JSON.stringify({ ...value, row });
}
