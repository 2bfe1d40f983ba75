import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../../../lib/adapters/store/migrate.ts";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import { storeAccount } from "../../contract/store/samples.ts";
import { patient } from "../../patience/patience.ts";
import { clustersFolder, describeCluster, migrationsFolder } from "../../support/database/database.ts";
import { hasPgbouncer, startPooler } from "../../support/database/pooler.ts";
import {
  type Cluster,
  clusterConfig,
  failOver,
  findEngine,
  removeCluster,
  startCluster,
  startStandby,
  waitForStandby,
  withAdmin,
} from "../../support/database/postgres-cluster.ts";
import { type Mutant, mutants } from "../../support/leases/mutants.ts";
import { type Report, type Torture, torture } from "../../support/leases/torture-rig.ts";

const system = findEngine("system");
const hasStandby = system !== undefined && existsSync(join(system, "pg_basebackup"));
const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";

let cluster: Cluster;
let common: Pick<Torture, "cluster" | "accounts" | "exits" | "proxyId">;

beforeAll(async () => {
  const engine = findEngine("system") ? "system" : "embedded";
  cluster = await startCluster(engine, join(clustersFolder(), "torture"));
  describeCluster(cluster);
  const connection = clusterConfig(cluster, "postgres", "postgres");
  await migrate({ connection, folder: migrationsFolder, grantTo: "launch" });
  await withAdmin(cluster, "postgres", async (admin) => {
    // Takings and renewals must survive a crash all the same.
    await admin.query("alter system set synchronous_commit = off");
    await admin.query("select pg_reload_conf()");
    await admin.query("alter table launch.launchers drop constraint launchers_ttl_check");
  });
  const store = await openPostgresStore({ connection: () => Promise.resolve(connection) });
  const made = [];
  for (const name of ["alice", "bob", "carol"]) made.push(await storeAccount(store, name));
  await store.close();
  common = {
    cluster,
    accounts: made.map(({ account }) => account.id),
    exits: ["203.0.113.7", "2001:db8:1:2::1"],
    proxyId: made[0]?.proxy.id ?? "",
  };
});
afterAll(() => removeCluster(cluster));

const takeovers = ({ takings }: Report) => takings["silent or dead"] ?? 0;
const faultsOf = ({ staleAccounts, staleExits, sharedTokens }: Report) =>
  staleAccounts + staleExits + sharedTokens;
/** Longer than a renewal that hangs, its retry and the tidying behind it. */
const longestMs = (isTight: boolean) => (isTight ? 15_000 : 8_000);

async function honest(isTight: boolean, url?: string): Promise<void> {
  // For so long, and on a slow machine until enough has changed hands: without that the rest would prove nothing.
  const leastMs = isFull ? 60_000 : 12_000;
  const startedAt = performance.now();
  const report = await torture({
    ...common,
    ...(url === undefined ? {} : { url }),
    isTight,
    crashEveryMs: isFull ? 15_000 : 6_000,
    durationMs: patient(4 * leastMs),
    until: (so) =>
      performance.now() - startedAt > leastMs && takeovers(so) >= 6 && so.counts.crashes > 0 && so.sent > 200,
  });
  expect(report, JSON.stringify(report)).toMatchObject({
    staleAccounts: 0,
    staleExits: 0,
    sharedTokens: 0,
    serverFaults: [],
  });
  expect(report.outlivedMs).toBeLessThan(patient(longestMs(isTight)));
  expect(report.sent).toBeGreaterThan(200);
  expect(takeovers(report)).toBeGreaterThanOrEqual(6);
}

async function caught(mutant: Mutant, isTight: boolean): Promise<void> {
  const isCaught = (report: Report) =>
    mutant === "zombie" ? report.outlivedMs > longestMs(isTight) : faultsOf(report) > 0;
  const report = await torture({
    ...common,
    mutant,
    isTight,
    crashEveryMs: Number.POSITIVE_INFINITY,
    durationMs: patient(120_000),
    until: isCaught,
  });
  expect(isCaught(report), JSON.stringify(report)).toBe(true);
}

describe("leases under torture", () => {
  it(
    "no run sends through an account or an exit that another run has taken over",
    () => honest(false),
    patient(300_000),
  );

  it(
    `takers that do not wait out the lease are caught by the same judge (${mutants.early})`,
    () => caught("early", false),
    patient(150_000),
  );

  it.runIf(isFull)(
    "nor does one that only the database's own order protects",
    () => honest(true),
    patient(300_000),
  );

  it.runIf(isFull && hasPgbouncer)(
    "nor through a pooler that gives each transaction another session",
    async () => {
      const pooler = await startPooler(cluster, join(clustersFolder(), "torture-pooler"), "transaction");
      try {
        await honest(true, pooler.url("postgres", "launch"));
      } finally {
        await pooler.stop();
      }
    },
    patient(300_000),
  );

  it.runIf(isFull).each([
    // Those that read in one statement, lock nothing or go without the token escape chance: interleavings.test.ts shows them.
    ["own-ttl", true],
    ["zombie", false],
    ["mine-by-launcher-id", false],
  ] as const)("the mutant %s is caught", (mutant, isTight) => caught(mutant, isTight), patient(150_000));

  // The last one: the server of the tests before is gone.
  it.runIf(hasStandby)(
    "nor when the server dies amid it and a synchronous standby takes over",
    async () => {
      const standby = await startStandby(cluster, join(clustersFolder(), "torture-standby"));
      describeCluster(standby);
      await waitForStandby(cluster);
      const primary = cluster;
      let before = 0;
      let latest: Report | undefined;
      const report = await torture({
        ...common,
        crashEveryMs: 4_000,
        durationMs: 60_000,
        failOver: async () => {
          before = latest === undefined ? 0 : takeovers(latest);
          cluster = await failOver(primary, standby);
          removeCluster(primary);
          return cluster;
        },
        until: (so) => {
          latest = so;
          return so.counts.crashes > 0 && takeovers(so) >= before + 3 && so.sent > 200;
        },
      });
      expect(report, JSON.stringify(report)).toMatchObject({
        staleAccounts: 0,
        staleExits: 0,
        sharedTokens: 0,
        serverFaults: [],
      });
      expect(takeovers(report)).toBeGreaterThanOrEqual(before + 3);
      expect(report.counts.crashes).toBe(1);
    },
    patient(150_000),
  );
});
