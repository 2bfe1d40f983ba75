import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import type { ConnectionOptions } from "../../../lib/adapters/store/connections.ts";
import { migrate } from "../../../lib/adapters/store/migrate.ts";
import { openPostgresStore } from "../../../lib/adapters/store/open-store.ts";
import type { Store } from "../../../lib/ports/store/store.ts";
import { eventually } from "../eventually.ts";
import {
  type Cluster,
  clusterConfig,
  type Engine,
  findEngine,
  startCluster,
  withAdmin,
} from "./postgres-cluster.ts";

/** One database of the run's throw-away cluster. */
export interface TestDatabase {
  readonly name: string;
  /** For the launcher's role, which owns nothing and is no superuser. */
  readonly url: string;
  readonly config: pg.ClientConfig;
  /** For the superuser, who may migrate. */
  readonly adminUrl: string;
  readonly adminConfig: pg.ClientConfig;
  readonly cluster: Cluster;
  /** Opens a store of its own; closed by `drop` at the latest. */
  store(options?: Partial<ConnectionOptions>): Promise<Store>;
  /** Empties every table; a tenth of the cost of another database. */
  reset(): Promise<void>;
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Default: the system's PostgreSQL when there is one, else the embedded binaries. */
  readonly engine?: Engine;
  /** Nothing in it at all, instead of a migrated schema. */
  readonly isEmpty?: boolean;
}

/** Where the program's migrations are. */
export const migrationsFolder = fileURLToPath(new URL("../../../migrations", import.meta.url));

/** Makes a database, migrated already; the first call of a run starts the cluster. */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const cluster = await runCluster(options.engine ?? (findEngine("system") ? "system" : "embedded"));
  const name = `t_${randomBytes(6).toString("hex")}`;
  const template = options.isEmpty === true ? "template0" : templateName;
  await withAdmin(cluster, "postgres", (admin) =>
    admin.query(`create database ${name} template ${template}`),
  );
  const config = clusterConfig(cluster, name, "launch");
  const adminConfig = clusterConfig(cluster, name, "postgres");
  const stores: Store[] = [];
  return {
    name,
    url: config.connectionString,
    config,
    adminUrl: adminConfig.connectionString,
    adminConfig,
    cluster,
    store: async (overrides = {}) => {
      const store = await openPostgresStore({ connection: () => Promise.resolve(config), ...overrides });
      stores.push(store);
      return store;
    },
    reset: () => withAdmin(cluster, name, truncateAll),
    drop: async () => {
      await Promise.all(stores.map((store) => store.close()));
      await withAdmin(cluster, "postgres", (admin) =>
        admin.query(`drop database if exists ${name} with (force)`),
      );
    },
  };
}

/** The folder for clusters that a test makes for itself; removed with everything in it at the end of the run. */
export function clustersFolder(): string {
  const folder = process.env["SLIPWAY_TEST_CLUSTERS"];
  if (folder === undefined)
    throw new Error("tests/support/global-setup.ts is not in this project's globalSetup");
  return folder;
}

/** Writes down a cluster, so that the end of the run finds it. */
export function describeCluster(cluster: Cluster): void {
  const file = join(cluster.folder, "cluster.json");
  writeFileSync(`${file}.next`, JSON.stringify(cluster));
  renameSync(`${file}.next`, file);
}

const templateName = "slipway_template";

async function runCluster(engine: Engine): Promise<Cluster> {
  const folder = join(clustersFolder(), engine);
  const ready = join(folder, "ready");
  if (isFirst(`${folder}.lock`)) {
    const cluster = await startCluster(engine, folder).catch((error: unknown) => {
      writeFileSync(`${folder}.failed`, String(error));
      throw error;
    });
    describeCluster(cluster);
    await makeTemplate(cluster);
    writeFileSync(ready, "");
  }
  await eventually(
    () => existsSync(ready) || existsSync(`${folder}.failed`),
    (isDone) => isDone,
    40_000,
  );
  if (!existsSync(ready)) throw new Error(readFileSync(`${folder}.failed`, "utf8"));
  return JSON.parse(readFileSync(join(folder, "cluster.json"), "utf8")) as Cluster;
}

async function makeTemplate(cluster: Cluster): Promise<void> {
  await withAdmin(cluster, "postgres", (admin) =>
    admin.query(`create database ${templateName} template template0`),
  );
  const connection = clusterConfig(cluster, templateName, "postgres");
  await migrate({ connection, folder: migrationsFolder, grantTo: "launch" });
}

async function truncateAll(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string }>(
    "select format('launch.%I', tablename) as name from pg_tables where schemaname = 'launch' and tablename not in ('migrations', 'functions', 'lease_world')",
  );
  // As a replica does: without the trigger that keeps events append-only.
  const names = rows.map(({ name }) => name).join(", ");
  await admin.query(`set session_replication_role = replica; truncate ${names} restart identity`);
}

// Several test files start at once, each in its own process: making a folder succeeds for one of them.
function isFirst(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
