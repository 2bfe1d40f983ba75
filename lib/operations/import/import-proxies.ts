import type { ProxyId } from "../../domain/ids.ts";
import type { LineNote } from "../../domain/proxy-list/raw-entry.ts";
import type { ProxyListEntry, ProxyListReading } from "../../domain/proxy-list/read-proxy-list.ts";
import { vendorNotes } from "../../domain/vendors/vendor-notes.ts";
import { UsageError } from "../../errors.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import { requireAccount } from "../find-by-name.ts";
import { firstOf } from "../first-of.ts";
import { openSealingVault } from "../open-sealing-vault.ts";
import { type Operator, record, recordMany } from "../operator.ts";
import { additionOf, sealedProxy } from "../proxies/create-proxy.ts";
import { assignImported, type ImportedProxy } from "./assign-imported.ts";
import { type ImportAction, type ImportPlan, planImport } from "./plan-import.ts";

export interface ImportOptions {
  /** Store what can be read although other lines cannot. */
  readonly skipBad: boolean;
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** One account may use every imported proxy, in the list's order; several share the list, each proxy going to one of them. */
  readonly accountNames: readonly string[];
  /** New proxies that the list gives no label are called by it and a number. */
  readonly labelPrefix?: string | undefined;
  /** Called as the rows are sealed and stored. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What became of one entry of the list. */
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
  requirePrefix(options.labelPrefix);
  return await operator.store.transaction(async (store) => {
    const accounts = [];
    for (const name of new Set(options.accountNames)) accounts.push(await requireAccount(store, name));
    const { plan, vault } = await planFor(operator, store, reading.entries, options);
    const problems = [...reading.problems, ...plan.problems].sort((a, b) => a.line - b.line);
    if (problems.length > 0 && !options.skipBad) throw rejected(problems);
    if (!options.dryRun) {
      const ids = await carryOut({ operator, store, vault, actions: plan.actions, options });
      await assignImported({ operator, store, accounts, imported: ids });
      await record(operator, store, summaryOf(plan.actions));
    }
    return {
      lines: plan.actions.map(lineOf),
      skipped: problems,
      warnings: [...reading.warnings, ...vendorWarnings(reading.entries)],
      isDryRun: options.dryRun,
    };
  });
}

// Lists of thousands of lines are of one vendor, and say the same of each.
function vendorWarnings(entries: readonly ProxyListEntry[]): readonly LineNote[] {
  const found = new Map<string, { readonly line: number; count: number }>();
  for (const entry of entries) {
    for (const text of vendorNotes(entry)) {
      const before = found.get(text);
      if (before === undefined) found.set(text, { line: entry.line, count: 1 });
      else before.count += 1;
    }
  }
  return [...found].map(([text, { line, count }]) => ({
    line,
    what: count === 1 ? text : `${text} (and ${count - 1} more lines)`,
  }));
}

// Behind it stands a number of at most seven digits.
function requirePrefix(prefix: string | undefined): void {
  if (prefix === undefined || /^[A-Za-z0-9][A-Za-z0-9_.-]{0,55}$/.test(prefix)) return;
  throw new UsageError("LAUNCH_INVALID_VALUE", `"${prefix}" cannot be the beginning of a label.`, {
    hint: "Use 1 to 56 letters, digits, dots, dashes or underscores, beginning with a letter or digit: --label-prefix ox-",
  });
}

async function planFor(
  operator: Operator,
  store: Store,
  entries: readonly ProxyListEntry[],
  { labelPrefix }: ImportOptions,
): Promise<{ readonly plan: ImportPlan; readonly vault: Vault | undefined }> {
  const pool = await store.proxies.list();
  const isVaultNeeded =
    entries.some((entry) => entry.credential !== undefined) ||
    pool.some((proxy) => proxy.sealed !== undefined);
  const vault = isVaultNeeded ? await openSealingVault(operator, store) : undefined;
  return { plan: planImport(entries, { pool, vault, labelPrefix }), vault };
}

const shownProblems = 20;

function rejected(problems: readonly LineNote[]): UsageError {
  const lines = problems.map(({ line, what }) => `line ${line}: ${what}`);
  const count = problems.length === 1 ? "1 line" : `${problems.length} lines`;
  return new UsageError(
    "LAUNCH_IMPORT_REJECTED",
    `${count} cannot be imported; nothing was stored.\n${firstOf(lines, shownProblems).join("\n")}`,
    { hint: "Mend them, or import the others with --skip-bad." },
  );
}

interface Work {
  readonly operator: Operator;
  readonly store: Store;
  readonly vault: Vault | undefined;
  readonly actions: readonly ImportAction[];
  readonly options: ImportOptions;
}

// A statement for each row would take a round trip each; all rows in one statement would show no progress and outlast its time limit.
const batchSize = 500;

async function carryOut(work: Work): Promise<readonly ImportedProxy[]> {
  const { actions, options } = work;
  const imported: ImportedProxy[] = [];
  for (let start = 0; start < actions.length; start += batchSize) {
    imported.push(...(await carryOutBatch(work, actions.slice(start, start + batchSize))));
    options.onProgress?.(imported.length, actions.length);
  }
  return imported;
}

async function carryOutBatch(work: Work, batch: readonly ImportAction[]): Promise<readonly ImportedProxy[]> {
  const { operator, store, vault } = work;
  const additions = new Map(
    batch.flatMap((action) =>
      action.kind === "add"
        ? [[action, sealedProxy(operator, vault, { ...action.entry, label: action.label }, "import")]]
        : [],
    ),
  );
  const added = [...additions.values()];
  // A renamed proxy may give its label to a new one.
  for (const action of batch) if (action.kind === "update") await update(operator, store, action);
  await store.proxies.createMany(added);
  await recordMany(operator, store, added.map(additionOf));
  return batch.map((action) => {
    const id = action.kind === "add" ? additions.get(action)?.id : action.proxy.id;
    return { id: id as ProxyId, priority: action.entry.priority };
  });
}

async function update(
  { clock }: Operator,
  store: Store,
  { proxy, change }: Extract<ImportAction, { kind: "update" }>,
): Promise<void> {
  const isUnproven = change.sealed !== undefined;
  const fresh = isUnproven ? ({ state: "unverified", stateSince: clock.now() } as const) : {};
  await store.proxies.update(proxy.id, { ...change, ...fresh });
  if (isUnproven) await store.proxies.forgetHealth(proxy.id);
}

function summaryOf(actions: readonly ImportAction[]) {
  const count = (kind: ImportAction["kind"]) => actions.filter((action) => action.kind === kind).length;
  return {
    kind: "proxies.imported",
    message: `An import added ${count("add")} and updated ${count("update")} proxies; ${count("unchanged")} were known.`,
  } as const;
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
