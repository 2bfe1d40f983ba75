import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LaunchConfig } from "../../config/launch-config.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Database } from "./database.ts";

/** The names that may be typed; only names, never anything else of an account or a proxy. */
export interface KnownNames {
  readonly accounts: readonly string[];
  readonly proxies: readonly string[];
  readonly bots: readonly string[];
  readonly collectors: readonly string[];
  /** Of `notify`. */
  readonly channels: readonly string[];
}

/** Where names are looked for. */
export interface Place {
  readonly config: LaunchConfig;
  readonly database: Database;
}

// A key was pressed: whoever waits longer types on.
const patienceMs = 700;

/**
 * The names of launch.yaml, and those of the database: asked where it is on this host and runs, else as they were last seen.
 * Nothing is started, brought up to date or reached over the network, and it comes back within a second.
 */
export async function knownNames({ config, database }: Place): Promise<KnownNames> {
  const own = {
    bots: Object.keys(config.bots),
    collectors: Object.keys(config.collectors),
    channels: config.notify?.channels.map(({ name }) => name) ?? [],
  };
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, patienceMs, undefined);
  });
  const asked = await Promise.race([askNames({ config, database }).catch(() => undefined), late]);
  if (asked !== undefined) rememberNames(config, asked);
  return { ...own, ...(asked ?? lastNames(config)) };
}

type StoredNames = Pick<KnownNames, "accounts" | "proxies">;

/** Keeps the names of a database that is elsewhere for the completion, which never asks over the network. */
export async function rememberNamesOf(config: LaunchConfig, store: Store): Promise<void> {
  if (config.database.kind !== "server") return;
  rememberNames(config, await namesIn(store));
}

// Where that cannot be done, nothing is kept.
function rememberNames({ stateFolder }: Pick<LaunchConfig, "stateFolder">, names: StoredNames): void {
  const file = fileOf(stateFolder);
  try {
    mkdirSync(join(stateFolder, "cache"), { mode: 0o700 });
  } catch {
    // It is there, or the next step says why not.
  }
  try {
    const making = `${file}.${process.pid}`;
    writeFileSync(making, JSON.stringify(names), { mode: 0o600 });
    chmodSync(making, 0o600);
    renameSync(making, file);
  } catch {
    // A completion is never worth an error.
  }
}

async function askNames({ config, database }: Place): Promise<StoredNames | undefined> {
  const isNear =
    database.server === undefined
      ? isOnThisHost(config)
      : (await database.server.status()).kind === "running";
  return isNear ? await namesIn(await database.openAsItIs()) : undefined;
}

async function namesIn(store: Store): Promise<StoredNames> {
  // One after the other: another connection would cost more than both.
  const accounts = await store.accounts.list();
  const proxies = await store.proxies.list();
  return { accounts: accounts.map(({ name }) => name), proxies: proxies.map(({ label }) => label) };
}

function isOnThisHost({ shownDatabase }: LaunchConfig): boolean {
  const shown = URL.canParse(shownDatabase) ? new URL(shownDatabase) : undefined;
  const host = shown === undefined ? "elsewhere" : (shown.searchParams.get("host") ?? shown.hostname);
  return host.startsWith("/") || ["", "localhost", "127.0.0.1", "[::1]"].includes(host);
}

function lastNames({ stateFolder }: LaunchConfig): StoredNames {
  try {
    const read = JSON.parse(readFileSync(fileOf(stateFolder), "utf8")) as Partial<StoredNames>;
    return { accounts: read.accounts ?? [], proxies: read.proxies ?? [] };
  } catch {
    return { accounts: [], proxies: [] };
  }
}

function fileOf(stateFolder: string): string {
  return join(stateFolder, "cache", "names.json");
}
