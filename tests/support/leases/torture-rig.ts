import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import {
  bootCluster,
  type Cluster,
  clusterConfig,
  crashCluster,
  withAdmin,
} from "../database/postgres-cluster.ts";
import { pause } from "../pause.ts";
import { signal } from "../processes/signal.ts";
import { judgeSends, type Sent } from "./judge-sends.ts";
import { type Mutant, placeMutant } from "./mutants.ts";

export interface Torture {
  readonly cluster: Cluster;
  /** Where launchers connect, when it is not the server itself. */
  readonly url?: string;
  readonly accounts: readonly string[];
  readonly exits: readonly string[];
  readonly proxyId: string;
  readonly mutant?: Mutant;
  /** Only the SQL protects: late renewals, hardly a margin, and holders that believe late answers. */
  readonly isTight?: boolean;
  readonly crashEveryMs: number;
  /** What happens once, instead of crashes of the server; gives the server that answers at its place from then on. */
  readonly failOver?: () => Promise<Cluster>;
  readonly durationMs: number;
  /** Ends it early. */
  readonly until: (report: Report) => boolean;
}

export interface Report {
  readonly sent: number;
  readonly staleAccounts: number;
  readonly staleExits: number;
  readonly sharedTokens: number;
  readonly takings: Readonly<Record<string, number>>;
  readonly counts: {
    kills: number;
    stops: number;
    backendStops: number;
    crashes: number;
    revocations: number;
  };
  /** The longest that a lease outlived its run while its launcher went on renewing. */
  readonly outlivedMs: number;
  /** Errors in the server's own log that only a broken lock order or a broken key gives. */
  readonly serverFaults: readonly string[];
}

const workerFile = fileURLToPath(new URL("../../fixtures/lease-worker/worker.mjs", import.meta.url));
const ttls = [1_000, 1_500, 3_000];

/** Runs launchers under SIGKILL, SIGSTOP, stopped server backends, crashes and revocations, and judges what they sent. */
export async function torture(plan: Torture): Promise<Report> {
  const { cluster } = plan;
  await withAdmin(cluster, "postgres", (admin) => placeMutant(admin, plan.mutant, true));
  const rig = openRig(plan);
  for (let n = 0; n < 6; n += 1) rig.startWorker();
  const startedAt = performance.now();
  const spentMs = () => performance.now() - startedAt;
  try {
    for (let round = 0; spentMs() < plan.durationMs; round += 1) {
      await pause(120);
      await rig.torment();
      if (round % 8 === 0) await rig.lookForZombies();
      const mayCrash = plan.failOver === undefined || rig.counts.crashes === 0;
      if (mayCrash && spentMs() > (rig.counts.crashes + 1) * plan.crashEveryMs) await rig.crash();
      if (round % 8 === 0 && plan.until(rig.report())) break;
    }
  } finally {
    await rig.stop();
  }
  return rig.report();
}

function openRig(plan: Torture) {
  let { cluster } = plan;
  const workers = new Set<ChildProcess>();
  const backends = new Set<number>();
  const sent: Sent[] = [];
  const takings: Record<string, number> = {};
  const overSince = new Map<string, number>();
  const counts = { kills: 0, stops: 0, backendStops: 0, crashes: 0, revocations: 0 };
  let outlivedMs = 0;
  let started = 0;

  function startWorker(): void {
    const connectionString = plan.url ?? clusterConfig(cluster, "postgres", "launch").connectionString;
    const { accounts, exits, proxyId, isTight = false, mutant } = plan;
    const shared = { connectionString, accounts, exits, proxyId, isTight, mutant };
    const own = { machineId: `m${started % 3}`, ttlMs: ttls[started % ttls.length] };
    started += 1;
    const task = JSON.stringify({ ...shared, ...own });
    const worker = spawn(process.execPath, [workerFile, task], { stdio: ["ignore", "pipe", "inherit"] });
    workers.add(worker);
    worker.once("exit", () => workers.delete(worker));
    createInterface({ input: worker.stdout }).on("line", (line) => hear(JSON.parse(line)));
  }

  function hear(line: { k: string; how: string; run: string } & Sent): void {
    if (line.k === "sent") sent.push(line);
    if (line.k === "got") takings[line.how] = (takings[line.how] ?? 0) + 1;
    if (line.k === "over") overSince.set(line.run, performance.now());
  }

  const asAdmin = <T>(work: (admin: pg.Client) => Promise<T>): Promise<T | undefined> =>
    withAdmin(cluster, "postgres", work).catch(() => undefined);

  async function torment(): Promise<void> {
    const dice = Math.random();
    const worker = [...workers][Math.floor(Math.random() * workers.size)];
    const isTight = plan.isTight === true;
    if (dice < (isTight ? 0.01 : 0.05)) {
      worker?.kill("SIGKILL");
      counts.kills += 1;
      startWorker();
    } else if (dice < (isTight ? 0.08 : 0.3) && worker !== undefined) {
      worker.kill("SIGSTOP");
      counts.stops += 1;
      const lengthMs = Math.random() < 0.1 ? 6_000 : 300 + Math.random() * 3_200;
      void pause(lengthMs).then(() => worker.kill("SIGCONT"));
    } else if (dice < (isTight ? 0.6 : 0.55)) {
      await stopBackend();
    } else if (dice < 0.6) {
      const account = plan.accounts[Math.floor(Math.random() * plan.accounts.length)];
      const revoked = await asAdmin((admin) =>
        admin.query("select launch.revoke_lease($1, '')", [`bot:${account}`]),
      );
      if (revoked !== undefined) counts.revocations += 1;
    }
  }

  // A statement that was sent in time is carried out late: the holders' own servers are aimed at, while they are at work.
  async function stopBackend(): Promise<void> {
    const rows = await asAdmin(async (admin) => {
      const text = `select pid from pg_stat_activity where usename = 'launch' order by (state = 'active') desc, random() limit 1`;
      return (await admin.query<{ pid: number }>(text)).rows;
    });
    const pid = rows?.[0]?.pid;
    if (pid === undefined || !trySignal(pid, "SIGSTOP")) return;
    backends.add(pid);
    counts.backendStops += 1;
    void pause(300 + Math.random() * 3_500).then(() => resume(pid));
  }

  function resume(pid: number): void {
    if (backends.delete(pid)) trySignal(pid, "SIGCONT");
  }

  async function crash(): Promise<void> {
    for (const pid of backends) resume(pid);
    counts.crashes += 1;
    if (plan.failOver !== undefined) cluster = await plan.failOver();
    else {
      crashCluster(cluster);
      bootCluster(cluster);
    }
  }

  async function lookForZombies(): Promise<void> {
    const text = `select l.run_id from launch.leases l join launch.launchers la on la.id = l.launcher_id
      where la.renewed_at > clock_timestamp() - interval '1 second'`;
    const rows = await asAdmin(async (admin) => (await admin.query<{ run_id: string }>(text)).rows);
    for (const { run_id: run } of rows ?? []) {
      const since = overSince.get(run);
      if (since !== undefined) outlivedMs = Math.max(outlivedMs, performance.now() - since);
    }
  }

  async function stop(): Promise<void> {
    for (const pid of backends) resume(pid);
    await Promise.all(
      [...workers].map(async (worker) => {
        const closed = once(worker, "close");
        worker.kill("SIGKILL");
        await closed;
      }),
    );
  }

  const report = (): Report => ({
    sent: sent.length,
    ...judgeSends(sent),
    takings,
    counts,
    outlivedMs,
    serverFaults: serverFaults(cluster),
  });
  return { startWorker, torment, crash, lookForZombies, stop, report, counts };
}

// A deadlock, a lease without its launcher, two rows for one thing.
function serverFaults({ folder }: Cluster): readonly string[] {
  const log = readFileSync(join(folder, "data", "server.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => /deadlock detected|violates (foreign key|unique|not-null)/.test(line));
}

function trySignal(pid: number, name: NodeJS.Signals): boolean {
  try {
    signal(pid, name);
    return true;
  } catch {
    return false;
  }
}
