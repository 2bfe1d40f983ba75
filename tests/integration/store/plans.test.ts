import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import type { AccountId, AssignmentId, ProxyId } from "../../../lib/domain/ids.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { sampleEvidence } from "../../contract/store/reputation/evidence.contract.ts";
import { sampleReputation, turned } from "../../contract/store/reputation/reputations.contract.ts";
import { atMost, switchClaim } from "../../contract/store/reputation/switches.contract.ts";
import {
  ask,
  botSlot,
  exitIp,
  register,
  sampleOwner,
  sampleRun,
  venue,
} from "../../contract/store/samples.ts";
import { type TestDatabase, testDatabase } from "../../support/database/database.ts";
import { sampleAccount } from "../../support/sample-facts.ts";

/** A fleet of two thousand accounts, each with a live run, ten ended ones, two proxies and an exit. What is kept by weeks and months is of the last minutes: spread further, it would lie in two parts for hours. */
const fleet = `
  insert into accounts (id, name, venues) select md5('a' || n)::uuid, 'account-' || n, '{any}' from generate_series(1, 2000) n;
  insert into network_proxies (id, label, endpoint_url, last_exit_ip, last_exit_key)
    select md5('p' || n)::uuid, 'proxy-' || n, 'http://gw.example:' || n, '10.0.0.1', '10.0.' || n from generate_series(1, 4000) n;
  insert into account_proxy_assignments (id, account_id, proxy_id, priority)
    select md5('s' || n)::uuid, md5('a' || (n + 1) / 2)::uuid, md5('p' || n)::uuid, 1 from generate_series(1, 4000) n;
  insert into launchers (id, host, machine_id, boot_id, pid_ns, pid, start_ticks, version, protocol, ttl_ms)
    select md5('l' || n)::uuid, 'h' || n, 'm', 'b', '1', n, 1, '0', 1, 15000 from generate_series(0, 20) n;
  insert into leases (unit_key, run_id, launcher_id, token)
    select 'bot:' || md5('a' || n)::uuid, md5('r' || n)::uuid, md5('l' || n / 100)::uuid, n from generate_series(1, 2000) n where n <> 7;
  insert into exit_leases (exit_key, exit_ip, venue, account_id, proxy_id, run_id, token)
    select '10.0.' || n, '10.0.0.1', 'any', md5('a' || n)::uuid, md5('p' || n)::uuid, md5('r' || n)::uuid, n from generate_series(1, 2000) n where n <> 7;
  insert into runs (run_id, unit_key, name, launcher_id, launcher_pid, launcher_version, host, started_at, phase, ended_at, ended_by)
    select md5('r' || n || case when i = 0 then '' else '.' || i end)::uuid, 'bot:' || md5('a' || n)::uuid, 'account-' || n,
           md5('l' || n / 100)::uuid, 1, '0', 'h', now() - i * interval '1 hour', case when i = 0 then 'running' else 'ended' end,
           case when i > 0 then now() end, case when i > 0 then 'bot' end
    from generate_series(1, 2000) n, generate_series(0, 10) i;
  insert into units (unit_key, wanted, by, at) select 'bot:' || md5('a' || n)::uuid, 'up', 'x', now() from generate_series(1, 2000) n;
  insert into requests (id, unit_key, verb, by)
    select md5('q' || n)::uuid, 'bot:' || md5('a' || n)::uuid, 'stop', 'x' from generate_series(1, 2000) n;
  insert into exit_uses (account_id, proxy_id, exit_ip, exit_key, venue, run_id, from_at, until_at)
    select md5('a' || n % 2000)::uuid, md5('p' || n)::uuid, '10.0.0.1', '10.0.' || n, 'any', md5('r' || n)::uuid, now(), now() from generate_series(1, 8000) n;
  insert into proxy_checks (proxy_id, kind, is_ok, at)
    select md5('p' || 1 + n % 4000)::uuid, 'proof', true, now() from generate_series(1, 8000) n;
  insert into reputations (exit_key, venue, exit_ip, state, since)
    select '10.0.' || n, v, '10.0.0.1', 'clear', now() from generate_series(1, 4000) n, unnest('{binance,okx}'::text[]) v;
  insert into acceptances (account_id, venue, exit_key, exit_ip, state, by, why, at)
    select md5('a' || n)::uuid, 'binance', '10.0.' || n, '10.0.0.1', 'accepted', 'answer', 'w', now() from generate_series(1, 2000) n;
  insert into registrations (account_id, exit_ip, exit_key, from_at, by)
    select md5('a' || n)::uuid, '10.0.0.1', '10.0.0.1', now(), 'x' from generate_series(1, 2000) n where n <> 7;
  insert into switch_permits (id, account_id, run_id, kind, cause, venues, host_key, at)
    select md5('w' || n)::uuid, md5('a' || n % 2000)::uuid, md5('r' || n)::uuid, 'planned', 'burned', '{binance}', 'h', now() - n * interval '1 minute'
    from generate_series(1, 8000) n;
  insert into evidence (stored_at, at, account_id, exit_key, venue, host_key, channel, kind, is_failure, weight, why)
    select now() - n * interval '0.1 seconds', now(), md5('a' || n % 2000)::uuid, '10.0.' || n % 2000, 'binance', 'h', 'inside', 'ip_banned', true, 1, 'w'
    from generate_series(1, 8000) n;
  insert into events (at, kind, severity, actor, host, account, message)
    select now() - n * interval '0.1 seconds', 'k', 'info', 'a', 'h', 'account-' || n % 2000, 'm' from generate_series(1, 8000) n`;

let database: TestDatabase;
let admin: pg.Client;
let account: AccountId;
let proxyId: ProxyId;
beforeAll(async () => {
  database = await testDatabase();
  // A connection of its own: what it reads is reported when it ends.
  const filler = new pg.Client(database.adminConfig);
  await filler.connect();
  await filler.query("set search_path to launch, pg_temp");
  await filler.query(fleet);
  await filler.query("select keep_history(90)");
  await filler.query("select keep_evidence(30)");
  await filler.query("analyze");
  await filler.end();
  admin = new pg.Client(database.adminConfig);
  await admin.connect();
  const { rows } = await admin.query<{ account: AccountId; proxy: ProxyId }>(
    "select md5('a7')::uuid::text as account, md5('p13')::uuid::text as proxy",
  );
  account = rows[0]?.account ?? ("" as AccountId);
  proxyId = rows[0]?.proxy ?? ("" as ProxyId);
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

/** The tables that the work read from end to end; a connection reports what it did at the latest when it ends. */
async function scannedBy(work: (store: Store) => Promise<unknown>): Promise<readonly string[]> {
  const counts = async () => {
    const { rows } = await admin.query<{ name: string; scans: string }>(
      // A table of a page or two is read faster without its index, and rightly so.
      `select s.relname as name, s.seq_scan as scans from pg_stat_user_tables s join pg_class c on c.oid = s.relid
        where s.schemaname = 'launch' and c.reltuples >= 1000`,
    );
    return new Map(rows.map(({ name, scans }) => [name, Number(scans)]));
  };
  const store = await openPostgresStore({ connection: () => Promise.resolve(database.config) });
  const before = await counts();
  await work(store);
  await store.close();
  const text =
    "select count(*)::int as count from pg_stat_activity where usename = 'launch' and datname = current_database()";
  for (let count = 1; count > 0; ) count = (await admin.query<{ count: number }>(text)).rows[0]?.count ?? 0;
  await admin.query("select pg_stat_clear_snapshot()");
  const after = await counts();
  return [...after].filter(([name, scans]) => scans > (before.get(name) ?? 0)).map(([name]) => name);
}

it("a start reads no table from end to end: its lease, its row, its facts, its exit and its history", async () => {
  const owner = sampleOwner();
  const whole = sampleAccount({ id: account, name: "account-7" });
  const scanned = await scannedBy(async (store) => {
    await store.accounts.find("account-7");
    expect((await store.accounts.idsOf(["account-7", "nobody"])).size).toBe(1);
    await register(store, owner);
    const { runId, launcherId } = owner;
    const asked = { ...botSlot(whole), runId, launcherId, seen: undefined, settledEra: undefined };
    const begun = await store.leases.acquire({ ...asked, begins: sampleRun(whole, owner) });
    expect(begun.kind).toBe("held");
    // The first few times it is planned for this account, then once for all.
    for (let time = 0; time < 8; time += 1) await store.accounts.facts(account);
    await store.proxies.recordCheck({
      proxyId,
      runId: owner.runId,
      kind: "proof",
      isOk: true,
      reason: undefined,
      latencyMs: 1,
      exitIp: exitIp("203.0.113.99"),
      country: undefined,
      at: instant(Date.now()),
    });
    const request = {
      exitIps: [exitIp("203.0.113.99")] as const,
      venues: whole.venues,
      accountId: account,
      groupName: undefined,
    };
    const taken = await store.leases.takeExit({
      ...request,
      proxyId,
      runId: owner.runId,
      seen: new Map(),
      settledEra: undefined,
    });
    expect(taken.kind).toBe("taken");
    await store.runs.openExitUse({ ...request, proxyId, runId: owner.runId, from: instant(Date.now()) });
    await store.runs.update(owner.runId, { phase: "running" });
    await store.requests.pending([botSlot(whole).unitKey]);
  });
  expect(scanned).toEqual([]);
});

it("a renewal, a refused taking and an end read no table from end to end", async () => {
  const other = sampleOwner();
  const scanned = await scannedBy(async (store) => {
    const busy = await ask(store, { slot: botSlot({ id: account }), owner: other });
    if (busy.kind !== "busy") throw new Error(busy.kind);
    const { launcherId, runId } = busy.holder.owner;
    expect((await store.launchers.renew(launcherId))?.tokens).toHaveLength(1);
    await store.launchers.tidy(launcherId, [1, 2], [runId]);
    const now = instant(Date.now());
    await store.runs.closeExitUse(runId, now);
    const event = { kind: "k", severity: "info", actor: "system", host: "h", message: "m" } as const;
    const end = { at: now, by: "bot", exitCode: 0, reason: undefined, givenBackBy: launcherId } as const;
    await store.runs.end(runId, { ...end, told: { ...event, at: now, accountId: account, runId } });
  });
  expect(scanned).toEqual([]);
});

it("ten bots at once read what concerns their exits by index", async () => {
  const { rows } = await admin.query<{ id: AccountId; tie: AssignmentId }>(
    "select account_id as id, id as tie from launch.account_proxy_assignments order by account_id limit 10",
  );
  const scanned = await scannedBy(async (store) => {
    // The first few times it is planned for these accounts, then once for all.
    for (let time = 0; time < 8; time += 1) {
      const all = await Promise.all(rows.map(({ id, tie }) => store.accounts.heldFacts(id, tie)));
      expect(all.filter((facts) => facts?.candidate !== undefined)).toHaveLength(10);
    }
  });
  // Of two thousand accounts ten are found as fast by reading all.
  expect(scanned.filter((name) => name !== "accounts")).toEqual([]);
});

it("ps and ps --all read neither the ended runs nor the history from end to end", async () => {
  const scanned = await scannedBy(async (store) => {
    expect(await store.runs.live()).toHaveLength(1_999);
    expect(await store.runs.lastEnded()).toHaveLength(1);
    await store.accounts.standings();
    await store.history.list({ limit: 50 });
    await store.history.list({ unitName: "account-9", limit: 50 });
  });
  // Every lease is one of a live run, and of an account or an exit there is one row.
  const whole = ["leases", "exit_leases", "accounts", "reputations"];
  expect(scanned.filter((name) => !whole.includes(name))).toEqual([]);
});

it("what venues answered is stored, read and judged without reading a table from end to end", async () => {
  const now = instant(Date.now());
  const exit = { exitIp: exitIp("10.0.0.1"), exitKey: "10.0.7", venue: venue("binance") };
  const scanned = await scannedBy(async (store) => {
    await store.evidence.append([sampleEvidence({ accountId: account })]);
    expect(await store.evidence.list({ accountId: account, limit: 20 })).not.toEqual([]);
    await store.evidence.list({ exitKey: "10.0.9", withinMs: 60_000, limit: 20 });
    const clear = { state: "clear", failures: 0, untilAt: undefined } as const;
    expect(await store.apply([turned(sampleReputation(exit), clear)])).toEqual([]);
    expect(await store.reputations.list({ exitKeys: ["10.0.7"] })).toHaveLength(2);
    await store.reputations.acceptances({ accountId: account });
    await store.accounts.register(account, { exitIps: [exit.exitIp], at: now, by: "user:x" });
    const claims = { accountIds: [account], limit: 5, leaseMs: 1_000, restMs: 1_000 };
    expect(await store.probes.claimTransport({ ...claims, hostKey: "h" })).toHaveLength(2);
    await store.probes.claimExits(claims);
    await store.probes.claimVenues(claims);
    await store.runs.exitUses({ accountId: account, at: now, limit: 20 });
    await store.runs.exitUses({ proxyId, limit: 20 });
    await store.history.list({ unitName: "account-9", since: now, limit: 20 });
  });
  expect(scanned).toEqual([]);
});

it("a claim reads who holds leases, and nothing else from end to end", async () => {
  const scanned = await scannedBy((store) => store.switches.claim(switchClaim({ id: account }), atMost(1)));
  expect(scanned.filter((name) => !["leases", "exit_leases"].includes(name))).toEqual([]);
});
