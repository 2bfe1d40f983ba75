import { loadConfig } from "../config/load-config.ts";
import { currentSurroundings } from "../config/sources/surroundings.ts";
import { UsageError } from "../errors.ts";
import { type ChoiceOptions, type ChosenProxy, chooseProxy } from "../operations/proxies/choose-proxy.ts";
import type { Notice } from "../ports/journal.ts";
import type { Store } from "../ports/store/store.ts";
import type { Vault } from "../ports/vault.ts";
import { openWorkspace } from "./workspace.ts";

/** Where the facts are. What is left out is found as `launch` finds it: variables, .env, launch.yaml, then the embedded database. */
export interface SlipwayOptions {
  /** `postgres://…` of a database of your own. */
  readonly databaseUrl?: string;
  readonly configFile?: string;
  readonly envFile?: string;
  /** Holds the embedded database and, unless named apart, the key file. */
  readonly stateFolder?: string;
  readonly keyFile?: string;
  /** Takes warnings and what happens meanwhile ("starting the database"); nothing is printed without it. */
  readonly onNotice?: (notice: Notice) => void;
}

/** The pool and the accounts that `launch` works on. */
export interface Slipway {
  /** Every table, typed; its methods reject with StoreError when the database does not answer. */
  readonly store: Store;
  /** Seals and opens credentials; reads the keys when first called. Rejects with ConfigError when there are none. */
  openVault(): Promise<Vault>;
  /**
   * The proxy that the account would leave through now, with its credential opened. It takes no lease and proves nothing. Rejects with
   * UsageError LAUNCH_UNKNOWN_ACCOUNT, or with ProxyUnavailableError, which names every candidate and why it cannot be used.
   */
  chooseProxy(accountName: string, options?: ChoiceOptions): Promise<ChosenProxy>;
  /** Ends the connections; an embedded database goes to sleep by itself. */
  close(): Promise<void>;
}

/**
 * Opens the database as `launch` would: an embedded one is started, an outdated schema of ours brought up to date. Rejects with
 * ConfigError when the configuration cannot be used, and with StoreError when the database does not answer.
 */
export async function openSlipway(options: SlipwayOptions = {}): Promise<Slipway> {
  const { configFile: config, envFile, stateFolder: stateDir, keyFile, onNotice } = options;
  const loaded = loadConfig({ config, envFile, stateDir, keyFile }, surroundingsWith(options.databaseUrl));
  const say = onNotice ?? (() => {});
  for (const text of loaded.warnings) say({ level: "warning", unit: undefined, text });
  const workspace = await openWorkspace(loaded, { say });
  try {
    const operator = await workspace.openOperator();
    const { order } = loaded.selection;
    return {
      store: operator.store,
      openVault: operator.openVault,
      chooseProxy: (accountName, choice) => chooseProxy(operator, accountName, { order, ...choice }),
      close: () => workspace.close(),
    };
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

function surroundingsWith(databaseUrl: string | undefined) {
  const surroundings = currentSurroundings();
  if (databaseUrl === undefined) return surroundings;
  if (!/^postgres(?:ql)?:/.test(databaseUrl) || !URL.canParse(databaseUrl)) {
    throw new UsageError("LAUNCH_INVALID_VALUE", "databaseUrl is not a postgres:// URL.", {
      hint: "Write postgres://user@host:5432/database; percent-encode special characters of the password.",
    });
  }
  return { ...surroundings, env: { ...surroundings.env, LAUNCH_DATABASE_URL: databaseUrl } };
}
