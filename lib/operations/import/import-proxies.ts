import type { Account } from "../../domain/account.ts";
import { type AssignmentId, type ProxyId, parseId } from "../../domain/ids.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import type { LineNote } from "../../domain/proxy-list/raw-entry.ts";
import type { ProxyListEntry, ProxyListReading } from "../../domain/proxy-list/read-proxy-list.ts";
import { UsageError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import { requireAccount } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { createProxy } from "../proxies/create-proxy.ts";
import { type ImportAction, planImport } from "./plan-import.ts";

export interface ImportOptions {
  /** Store what can be read although other lines cannot. */
  readonly skipBad: boolean;
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Lets this account use every imported proxy, in the list's order. */
  readonly accountName: string | undefined;
}

export interface ImportedLine {
  readonly line: number;
  readonly label: string;
  readonly outcome: "added" | "updated" | "unchanged";
  /** What an update changed. */
  readonly changed: readonly string[];
}

export interface ImportReport {
  readonly lines: readonly ImportedLine[];
  /** Lines left out by `skipBad`. */
  readonly skipped: readonly LineNote[];
  readonly warnings: readonly LineNote[];
  readonly isDryRun: boolean;
}

/** Brings a read list into the pool in one transaction; with an unreadable line nothing is stored, unless `skipBad` was asked for. */
export async function importProxies(
  operator: Operator,
  reading: ProxyListReading,
  options: ImportOptions,
): Promise<ImportReport> {
  return await operator.store.transaction(async (store) => {
    const { accountName } = options;
    const account = accountName === undefined ? undefined : await requireAccount(store, accountName);
    const pool = await store.proxies.list();
    const vault = await vaultFor(operator, reading.entries, pool);
    const plan = planImport(reading.entries, pool, vault);
    const problems = [...reading.problems, ...plan.problems].sort((a, b) => a.line - b.line);
    if (problems.length > 0 && !options.skipBad) throw rejected(problems);
    if (!options.dryRun) await carryOut({ operator, store, account, actions: plan.actions });
    return {
      lines: plan.actions.map(lineOf),
      skipped: problems,
      warnings: reading.warnings,
      isDryRun: options.dryRun,
    };
  });
}

async function vaultFor(
  operator: Operator,
  entries: readonly ProxyListEntry[],
  pool: readonly Proxy[],
): Promise<Vault | undefined> {
  const isNeeded =
    entries.some((entry) => entry.credential !== undefined) ||
    pool.some((proxy) => proxy.sealed !== undefined);
  return isNeeded ? await operator.openVault() : undefined;
}

const shownProblems = 20;

function rejected(problems: readonly LineNote[]): UsageError {
  const shown = problems.slice(0, shownProblems).map(({ line, what }) => `line ${line}: ${what}`);
  const rest = problems.length - shown.length;
  const lines = rest > 0 ? [...shown, `and ${rest} more`] : shown;
  const count = problems.length === 1 ? "1 line" : `${problems.length} lines`;
  return new UsageError(
    "LAUNCH_IMPORT_REJECTED",
    `${count} cannot be imported; nothing was stored.\n${lines.join("\n")}`,
    { hint: "Mend them, or import the others with --skip-bad." },
  );
}

async function carryOut(work: {
  readonly operator: Operator;
  readonly store: Store;
  readonly account: Account | undefined;
  readonly actions: readonly ImportAction[];
}): Promise<void> {
  const { operator, store, account, actions } = work;
  const ids: { readonly id: ProxyId; readonly priority: number | undefined }[] = [];
  for (const action of actions) {
    const id = await carryOutOne(operator, store, action);
    ids.push({ id, priority: action.entry.priority });
  }
  if (account !== undefined) await assignAll(operator, store, account, ids);
  const count = (kind: ImportAction["kind"]) => actions.filter((action) => action.kind === kind).length;
  await record(operator, store, {
    kind: "proxies.imported",
    message: `An import added ${count("add")} and updated ${count("update")} proxies; ${count("unchanged")} were known.`,
  });
}

async function carryOutOne(operator: Operator, store: Store, action: ImportAction): Promise<ProxyId> {
  switch (action.kind) {
    case "add":
      return (await createProxy(operator, store, { ...action.entry, label: action.label }, "import")).id;
    case "update": {
      const { proxy, change } = action;
      const fresh =
        change.sealed === undefined
          ? {}
          : ({ state: "unverified", stateSince: operator.clock.now() } as const);
      await store.proxies.update(proxy.id, { ...change, ...fresh });
      return proxy.id;
    }
    case "unchanged":
      return action.proxy.id;
  }
}

// Assignments that are there stay as they are: a repeated import must not bring back what an operator disabled.
async function assignAll(
  operator: Operator,
  store: Store,
  account: Account,
  imported: readonly { readonly id: ProxyId; readonly priority: number | undefined }[],
): Promise<void> {
  const present = await store.accounts.assignments({ accountId: account.id });
  let last = Math.max(0, ...present.map((each) => each.priority));
  for (const { id, priority } of imported) {
    if (present.some((each) => each.proxyId === id)) continue;
    last = priority ?? last + 1;
    await store.accounts.assign({
      id: parseId<AssignmentId>(operator.random.uuid()),
      accountId: account.id,
      proxyId: id,
      priority: last,
    });
  }
}

function lineOf(action: ImportAction): ImportedLine {
  const { line } = action.entry;
  switch (action.kind) {
    case "add":
      return { line, label: action.label, outcome: "added", changed: [] };
    case "update":
      return { line, label: action.proxy.label, outcome: "updated", changed: wordsOf(action.change) };
    case "unchanged":
      return { line, label: action.proxy.label, outcome: "unchanged", changed: [] };
  }
}

function wordsOf(change: object): readonly string[] {
  return Object.keys(change)
    .filter((key) => key !== "expectedIpSource")
    .map((key) => (key === "sealed" ? "credential" : key));
}
