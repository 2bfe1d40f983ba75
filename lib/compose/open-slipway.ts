import { loadConfig } from "../config/load/load-config.ts";
import { currentSurroundings } from "../config/sources/surroundings.ts";
import { UsageError } from "../errors.ts";
import { addAccount } from "../operations/accounts/add-account.ts";
import { holdAccount, releaseAccount, removeAccount } from "../operations/accounts/change-account.ts";
import { editAccount } from "../operations/accounts/edit-account.ts";
import { listAccounts } from "../operations/accounts/list-accounts.ts";
import {
  assignProxy,
  demoteAssignment,
  reviveAssignment,
  unassignProxy,
} from "../operations/assignments/change-assignment.ts";
import { listEvents } from "../operations/history/list-events.ts";
import type { Operator } from "../operations/operator.ts";
import { removeProxy, setProxyActive } from "../operations/proxies/change-proxy.ts";
import { type ChoiceOptions, type ChosenProxy, chooseProxy } from "../operations/proxies/choose-proxy.ts";
import { addProxy } from "../operations/proxies/create-proxy.ts";
import { editProxy } from "../operations/proxies/edit-proxy.ts";
import { listProxies } from "../operations/proxies/list-proxies.ts";
import { askUnit } from "../operations/requests/ask-unit.ts";
import { reportExit } from "../operations/requests/report-exit.ts";
import { listRuns } from "../operations/runs/list-runs.ts";
import type { Notice } from "../ports/journal.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

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

/** An operation without its first argument: the library itself acts. */
type Bound<Operation> = Operation extends (actor: never, ...given: infer Given) => infer Result
  ? (...given: Given) => Result
  : never;

/**
 * What an operator can do, for programs. Everything that changes a row writes its event in the same transaction, and
 * nothing here takes a lease. Every method rejects with a LaunchError: UsageError for what was given, StoreError when the
 * database does not answer.
 */
export interface Slipway {
  readonly accounts: {
    /** Every account with its proxies, by name. */
    list(): ReturnType<typeof listAccounts>;
    /** Rejects with LAUNCH_UNKNOWN_VENUE when a venue is known neither here nor anywhere, unless `newVenue` is true. */
    readonly add: Bound<typeof addAccount>;
    readonly edit: Bound<typeof editAccount>;
    /** Rejects with LAUNCH_IN_USE while its bot runs. */
    remove(name: string): ReturnType<typeof removeAccount>;
    readonly hold: Bound<typeof holdAccount>;
    readonly release: Bound<typeof releaseAccount>;
    readonly assign: Bound<typeof assignProxy>;
    readonly unassign: Bound<typeof unassignProxy>;
    readonly demote: Bound<typeof demoteAssignment>;
    readonly revive: Bound<typeof reviveAssignment>;
  };
  readonly proxies: {
    /** Every proxy with who may use it and who does, by label; of one account when it is named. */
    list(accountName?: string): ReturnType<typeof listProxies>;
    /** Seals the credential before it is stored; rejects with ConfigError when there is one and no key. */
    readonly add: Bound<typeof addProxy>;
    readonly edit: Bound<typeof editProxy>;
    enable(label: string): ReturnType<typeof setProxyActive>;
    disable(label: string): ReturnType<typeof setProxyActive>;
    /** Rejects with LAUNCH_IN_USE while a bot leaves through it, unless `force` is true. */
    remove(label: string, options?: { readonly force?: boolean }): ReturnType<typeof removeProxy>;
  };
  readonly runs: {
    /** What `launch ps` shows; with `all` also the last ended run of each bot and collector. */
    list(options?: { readonly all?: boolean }): ReturnType<typeof listRuns>;
    /** Asks the launcher that runs the bot or collector to stop, restart, rotate or check it; settles with what became of it, within 75 s. */
    readonly ask: Bound<typeof askUnit>;
    /** Tells the launcher of an account's bot what a venue does with its exit; undefined when no bot runs. */
    readonly report: Bound<typeof reportExit>;
  };
  readonly events: {
    /** What happened, newest first; 20 unless `limit` says otherwise. */
    list(filter?: { readonly accountName?: string; readonly limit?: number }): ReturnType<typeof listEvents>;
  };
  /**
   * The proxy that the account would leave through now, with its credential opened. It takes no lease and proves nothing. Rejects with
   * LAUNCH_UNKNOWN_ACCOUNT, or with ProxyUnavailableError, which names every candidate and why it cannot be used.
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
    return slipwayOf(workspace, await workspace.openOperator());
  } catch (error) {
    await workspace.close();
    throw error;
  }
}

function slipwayOf(workspace: Workspace, operator: Operator): Slipway {
  const { store } = operator;
  const { processes, clock, config } = workspace;
  return {
    accounts: {
      list: () => listAccounts(store),
      add: (...given) => addAccount(operator, ...given),
      edit: (...given) => editAccount(operator, ...given),
      remove: (name) => removeAccount(operator, processes, name),
      hold: (...given) => holdAccount(operator, ...given),
      release: (...given) => releaseAccount(operator, ...given),
      assign: (...given) => assignProxy(operator, ...given),
      unassign: (...given) => unassignProxy(operator, ...given),
      demote: (...given) => demoteAssignment(operator, ...given),
      revive: (...given) => reviveAssignment(operator, ...given),
    },
    proxies: {
      list: (accountName) => listProxies(operator, processes, accountName),
      add: (...given) => addProxy(operator, ...given),
      edit: (...given) => editProxy(operator, ...given),
      enable: (label) => setProxyActive(operator, label, true),
      disable: (label) => setProxyActive(operator, label, false),
      remove: (label, { force = false } = {}) => removeProxy(operator, processes, { label, force }),
    },
    runs: {
      list: ({ all = false } = {}) =>
        listRuns(store, processes, { now: clock.now(), scope: all ? "all" : "running" }),
      ask: (...given) => askUnit(operator, ...given),
      report: (...given) => reportExit(operator, ...given),
    },
    events: {
      list: ({ accountName, limit = 20 } = {}) => listEvents(store, { unitName: accountName, limit }),
    },
    chooseProxy: (accountName, choice) =>
      chooseProxy(operator, accountName, { order: config.selection.order, ...choice }),
    close: () => workspace.close(),
  };
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
