import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate } from "../../../lib/adapters/store/migrate.ts";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import { storeAccount } from "../../contract/store/samples.ts";
import { clustersFolder, describeCluster, migrationsFolder } from "../../support/database/database.ts";
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
import { pause } from "../../support/pause.ts";

/** One thing that a bot sent. `at` is CLOCK_MONOTONIC in ms, which all processes of a machine share. */
interface Sent {
  readonly at: number;
  readonly account: string;
  readonly exitIp: string;
  readonly run: string;
  readonly token: number;
}

interface Timing {
  readonly ttlMs: number;
  readonly renewMs: number;
  readonly marginMs: number;
  readonly waitMs: number;
}

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const honest: Timing = { ttlMs: 1_500, renewMs: 350, marginMs: 300, waitMs: 1_500 };
const exits = ["203.0.113.7", "2001:db8:1:2::1"];
const workerFile = fileURLToPath(new URL("../../fixtures/lease-worker/worker.mjs", import.meta.url));

let cluster: Cluster;
let accounts: readonly string[];
let proxyId: string;
const sent: Sent[] = [];
const workers = new Set<ChildProcess>();

beforeAll(async () => {
  const engine = findEngine("system") ? "system" : "embedded";
  cluster = await startCluster(engine, join(clustersFolder(), "torture"));
  describeCluster(cluster);
  // A crash must not forget what was committed.
  await withAdmin(cluster, "postgres", (admin) => admin.query("alter system set synchronous_commit = on"));
  await withAdmin(cluster, "postgres", (admin) => admin.query("select pg_reload_conf()"));
  const connection = clusterConfig(cluster, "postgres", "postgres");
  await migrate({ connection, folder: migrationsFolder, grantTo: "launch" });
  const store = await openPostgresStore({ connection: () => Promise.resolve(connection) });
  const made = [];
  for (const name of ["alice", "bob", "carol"]) made.push(await storeAccount(store, name));
  await store.close();
  accounts = made.map(({ account }) => account.id);
  proxyId = made[0]?.proxy.id ?? "";
});

afterAll(async () => {
  await stopWorkers();
  removeCluster(cluster);
});

function startWorker(timing: Timing): void {
  const { connectionString } = clusterConfig(cluster, "postgres", "launch");
  const task = JSON.stringify({ connectionString, accounts, exits, proxyId, ...timing });
  const worker = spawn(process.execPath, [workerFile, task], { stdio: ["ignore", "pipe", "inherit"] });
  workers.add(worker);
  worker.once("exit", () => workers.delete(worker));
  createInterface({ input: worker.stdout }).on("line", (line) => sent.push(JSON.parse(line)));
}

async function stopWorkers(): Promise<void> {
  await Promise.all(
    [...workers].map(async (worker) => {
      const closed = once(worker, "close");
      worker.kill("SIGKILL");
      await closed;
    }),
  );
}

/** Every pair where a later run had the account or the exit already, and an earlier one still sent through it. */
function staleSends(field: "account" | "exitIp"): readonly Sent[] {
  const stale: Sent[] = [];
  const current = new Map<string, string>();
  const over = new Set<string>();
  for (const one of sent.toSorted((left, right) => left.at - right.at)) {
    const holder = current.get(one[field]);
    const key = `${one[field]} ${one.run}`;
    if (over.has(key)) stale.push(one);
    if (holder !== one.run) {
      if (holder !== undefined) over.add(`${one[field]} ${holder}`);
      current.set(one[field], one.run);
    }
  }
  return stale;
}

function someWorker(): ChildProcess | undefined {
  return [...workers][Math.floor(Math.random() * workers.size)];
}

/** Without change of hands the rest would prove nothing. */
const leastTakeovers = 6;

function takeovers(): number {
  return new Set(sent.map(({ run }) => run)).size;
}

// For so long, and on a slow machine until enough has changed hands.
async function torment(durationMs: number): Promise<{ kills: number; stops: number; crashes: number }> {
  const counts = { kills: 0, stops: 0, crashes: 0 };
  const crashes = isFull ? [0.2, 0.4, 0.6, 0.8] : [0.5];
  const startedAt = performance.now();
  const spentMs = () => performance.now() - startedAt;
  while (spentMs() < durationMs || (takeovers() < leastTakeovers && spentMs() < 4 * durationMs)) {
    await pause(150);
    const worker = someWorker();
    const dice = Math.random();
    if (dice < 0.12) {
      worker?.kill("SIGKILL");
      counts.kills += 1;
      startWorker(honest);
    } else if (dice < 0.4 && worker !== undefined) {
      worker.kill("SIGSTOP");
      counts.stops += 1;
      void pause(300 + Math.random() * 2_700).then(() => worker.kill("SIGCONT"));
    }
    const share = spentMs() / durationMs;
    if (share > (crashes[counts.crashes] ?? 2)) {
      counts.crashes += 1;
      crashCluster(cluster);
      bootCluster(cluster);
    }
  }
  return counts;
}

describe("leases under torture", () => {
  it("no run sends through an account or an exit that another run has taken over", async () => {
    for (let index = 0; index < 5; index += 1) startWorker(honest);
    const counts = await torment(isFull ? 60_000 : 12_000);
    await stopWorkers();
    expect({ accounts: staleSends("account"), exits: staleSends("exitIp") }).toEqual({
      accounts: [],
      exits: [],
    });
    expect(counts.crashes).toBeGreaterThan(0);
    expect(counts.stops + counts.kills).toBeGreaterThan(5);
    expect(takeovers()).toBeGreaterThanOrEqual(leastTakeovers);
    expect(sent.length).toBeGreaterThan(200);
  });

  it("takers that do not wait out the lease are caught by the same check", async () => {
    sent.length = 0;
    for (let index = 0; index < 5; index += 1) startWorker({ ...honest, waitMs: 0 });
    for (let round = 0; round < 100 && staleSends("account").length === 0; round += 1) await pause(100);
    await stopWorkers();
    expect(staleSends("account").length).toBeGreaterThan(0);
  });
});
