import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { holdAlone } from "../../../lib/adapters/postgres-link/hold-alone.ts";
import type { LaunchResult } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { clustersFolder, describeCluster } from "../../support/database/database.ts";
import { hasPgbouncer, type Pooler, startPooler } from "../../support/database/pooler.ts";
import {
  bootCluster,
  type Cluster,
  clusterConfig,
  crashCluster,
  findEngine,
  removeCluster,
  startCluster,
  withAdmin,
} from "../../support/database/postgres-cluster.ts";
import { addAccount, e2eStage, ok, readyOn, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

// In CI what is missing fails.
const isHere = (hasPgbouncer && findEngine("system") !== undefined) || process.env["CI"] === "true";

// A server of the operator's own. Launchers come to it through pgbouncer with three connections for all of them, so that each
// statement may meet another session; the owner of the tables comes directly.
describe.skipIf(!isHere)("a server behind a pooler", () => {
  let cluster: Cluster;
  let pooler: Pooler;
  let stage: Stage;
  let direct: string;

  beforeAll(async () => {
    cluster = await startCluster("system", join(clustersFolder(), "pooled"));
    describeCluster(cluster);
    await withAdmin(cluster, "postgres", async (admin) => {
      for (const name of ["desk", "other"]) await admin.query(`create database ${name} template template0`);
    });
    pooler = await startPooler(cluster, join(clustersFolder(), "pooler"), "transaction");
    direct = clusterConfig(cluster, "desk", "postgres").connectionString;
    stage = await e2eStage({
      proxies: { "fra-1": "http", "ams-1": "socks5", "lon-1": "http" },
      env: { LAUNCH_DATABASE_URL: pooler.url("desk", "launch"), LAUNCH_DATABASE_MIGRATE_URL: direct },
    });
    await addAccount(stage, "alice", ["fra-1"]);
    await addAccount(stage, "bob", ["ams-1", "lon-1"]);
  });
  afterAll(async () => {
    await stage.close();
    await pooler.stop();
    removeCluster(cluster);
  });

  const inDesk = async <T>(text: string): Promise<readonly T[]> =>
    await withAdmin(cluster, "desk", async (admin) => (await admin.query(text)).rows as T[]);

  test("a desk works through pgbouncer in transaction mode, and leaves nothing in the sessions that others use after it", async () => {
    const bob = await startBot(stage, "bob", "ams-1");
    const up = stage.start(["up", "alice", "funding"]);
    await eventually(
      () => stage.launch(["check", "alice", "funding"]),
      ({ exitCode }) => exitCode === 0,
      30_000,
    );
    const second = await stage.launch(["bot", "--account", "bob"]);
    expect([second.exitCode, second.stderr]).toEqual([75, expect.stringContaining("LAUNCH_LEASE_HELD")]);
    expect(await ok(stage, ["ps"])).toMatch(/alice[\s\S]*bob[\s\S]*funding/);
    for (const name of ["alice", "bob"]) await ok(stage, ["check", name]);
    await ok(stage, ["why", "alice"]);
    await ok(stage, ["restart", "alice", "--wait"]);
    await ok(stage, ["rotate", "bob", "--wait"]);
    await ok(stage, ["report", "bob", "--venue", "okx", "--clear"]);
    await ok(stage, ["proxy", "check"]);
    const doctor = await ok(stage, ["doctor"]);
    expect(doctor).toContain("database pooler");
    await ok(stage, ["db", "export", "--live", "all.ndjson"]);
    expect(await ok(stage, ["events"])).toContain("alice");
    await ok(stage, ["stop", "bob", "--wait"]);
    expect(await bob.ended).toBe(0);
    up.signal("SIGTERM");
    expect(await up.ended).toBe(0);
    expect(await inDesk("select from launch.leases")).toEqual([]);
    expect(await inDesk("select from pg_locks where locktype = 'advisory'")).toEqual([]);
  });

  test("a schema comes and goes through the pooler alone, tables of the earlier program and an export too", async () => {
    const owner = {
      env: { LAUNCH_DATABASE_URL: pooler.url("other", "postgres"), LAUNCH_DATABASE_MIGRATE_URL: "" },
    };
    const there = async (...words: string[]): Promise<LaunchResult> => {
      const result = await stage.launch(words, owner);
      expect(`${result.exitCode} ${result.stderr}`).toMatch(/^0/);
      return result;
    };
    await withAdmin(cluster, "other", async (admin) => {
      await admin.query(`create table public.network_proxies (id text, endpoint_url text, credentials_encrypted text);
      create table public.account_proxy_assignments (account_id text, proxy_id text);
      insert into public.network_proxies values ('p1', 'gw.example:8001', 'gAAAAAB-text');
      insert into public.account_proxy_assignments values ('carol', 'p1')`);
    });
    const racers = await Promise.all(Array.from({ length: 3 }, () => stage.launch(["db", "migrate"], owner)));
    expect(racers.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    await there("db", "adopt");
    expect((await there("account", "ls")).stdout).toContain("carol");
    expect(pooler.log()).not.toMatch(/unexpected response|pooler error/);
  });

  test("what one process at a time may do is kept from others through the pooler, and let go when it ends", async () => {
    const connection = { connectionString: pooler.url("other", "postgres") };
    const first = await holdAlone(connection, "the move");
    expect(first).toBeDefined();
    expect(await holdAlone(connection, "the move")).toBeUndefined();
    await first?.letGo();
    const next = await eventually(
      () => holdAlone(connection, "the move"),
      (held) => held !== undefined,
    );
    await next?.letGo();
  });

  test("a pooler in statement mode is refused with what to set, whatever is asked for", async () => {
    const byStatement = await startPooler(cluster, join(clustersFolder(), "by-statement"), "statement");
    try {
      const env = { LAUNCH_DATABASE_URL: byStatement.url("desk", "launch") };
      const words = [
        ["account", "add", "dora"],
        ["bot", "--account", "alice", "--", "true"],
        ["up"],
        ["doctor", "--offline"],
        ["db", "export", "--live", "x.ndjson"],
      ];
      for (const each of words) {
        const { exitCode, stdout, stderr } = await stage.launch(each, { env });
        expect([each[0], exitCode, `${stdout} ${stderr}`]).toEqual([
          each[0],
          each[0] === "doctor" ? 1 : 78,
          expect.stringMatching(/statement mode[\s\S]*pool_mode = transaction/),
        ]);
      }
      const migrating = await stage.launch(["db", "migrate"], {
        env: { ...env, LAUNCH_DATABASE_MIGRATE_URL: byStatement.url("fresh", "postgres") },
      });
      expect(migrating.exitCode).not.toBe(0);
      expect(await inDesk("select from launch.leases")).toEqual([]);
    } finally {
      await byStatement.stop();
    }
  });

  test("a pooler in session mode serves a bot", async () => {
    const bySession = await startPooler(cluster, join(clustersFolder(), "by-session"), "session");
    try {
      const bot = stage.start(["bot", "--account", "alice", "--", "true"], {
        env: { LAUNCH_DATABASE_URL: bySession.url("desk", "launch") },
      });
      await readyOn(stage, bot, "fra-1");
      bot.signal("SIGTERM");
      expect(await bot.ended).toBe(0);
    } finally {
      await bySession.stop();
    }
  });

  test("a bot whose TTL is long outlives an outage of the database that stops one with the usual TTL", async () => {
    const file = join(stage.folder, "patient.yaml");
    writeFileSync(file, `${readFileSync(join(stage.folder, "launch.yaml"), "utf8")}lease: { ttl: 90s }\n`);
    const usual = await startBot(stage, "alice", "fra-1");
    const lasting = await startBot(stage, "bob", "ams-1", ["--config", file]);
    expect(await inDesk("select ttl_ms from launch.launchers where ended_at is null order by 1")).toEqual([
      { ttl_ms: 15_000 },
      { ttl_ms: 90_000 },
    ]);
    crashCluster(cluster);
    expect(await usual.ended).toBe(75);
    expect(usual.stderr.join("\n")).toMatch(/the database did not answer for 12 s/);
    bootCluster(cluster);
    await lasting.line(/the database answers again/);
    expect(lasting.stdout.concat(lasting.stderr).join("\n")).not.toMatch(/did not answer for \d/);
    await ok(stage, ["check", "bob", "--live"]);
    const again = await startBot(stage, "alice", "fra-1");
    for (const launcher of [again, lasting]) {
      launcher.signal("SIGTERM");
      expect(await launcher.ended).toBe(0);
    }
  });
});
