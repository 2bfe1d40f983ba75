import { parseScheme } from "../../../domain/proxy/proxy-endpoint.ts";
import { readProxyList } from "../../../domain/proxy-list/read-proxy-list.ts";
import { UsageError } from "../../../errors.ts";
import { type ImportReport, importProxies } from "../../../operations/import/import-proxies.ts";
import { importView } from "../../../operations/views/import.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readListFile } from "../../parse/read-list-file.ts";
import type { Io } from "../../terminal/io.ts";
import { cell } from "../../view/ages.ts";
import { renderTable } from "../../view/fitted-table.ts";
import type { Progress } from "../../view/progress.ts";
import { correctList, tellAlike } from "../../words/tell-alike.ts";

export const usage = {
  details:
    "Reads URLs, host:port, host:port:user:pass, user:pass@host:port, user:pass:host:port, CSV with a header, and JSON, also as the APIs of several vendors return it. A line that can be read in two ways is reported, never guessed. Imports all or nothing, unless you give --skip-bad. A proxy with the same endpoint and user is the same proxy.",
  examples: [
    "launch proxy import pool.txt --dry-run",
    "launch proxy import - --account alice < pool.csv",
    "launch proxy import pool.csv --accounts bob,carol --label-prefix ox-",
  ],
  operands: [{ name: "file", help: "The list, or - for stdin.", arity: "one" }],
  flags: {
    "skip-bad": { kind: "toggle", help: "Import the good lines although others cannot be read." },
    "dry-run": { kind: "toggle", help: "Only show what would be done." },
    account: { kind: "text", value: "name", help: "Let this account use all of them, in the list's order." },
    accounts: {
      kind: "text",
      value: "names",
      help: "Divide the list among these accounts, each proxy to one of them: bob,carol.",
    },
    "label-prefix": {
      kind: "text",
      value: "prefix",
      help: "Name new proxies without a label in the list by this prefix and a number.",
    },
    scheme: {
      kind: "choice",
      choices: ["http", "https", "socks5"],
      help: "The scheme of entries without one (http).",
    },
    form: {
      kind: "choice",
      choices: ["host:port:user:pass", "user:pass@host:port", "user:pass:host:port", "host:port@user:pass"],
      help: "How to read lines without a scheme that can be read in two ways.",
    },
  },
} as const satisfies CommandUsage;

/** Brings the list into the pool. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags } = context;
  const text = await readListFile(context.args.file, context.io);
  const reading = readProxyList(text, {
    scheme: parseScheme(flags.scheme ?? "http"),
    form: flags.form,
  });
  const accountNames = readAccounts(flags.account, flags.accounts);
  const operator = await (await context.openWorkspace()).openOperator();
  const present = (await operator.store.proxies.list()).map(({ label }) => label);
  const progress = await openImportProgress(context.io, reading.entries.length);
  const report = await importProxies(operator, reading, {
    skipBad: flags["skip-bad"],
    dryRun: flags["dry-run"],
    accountNames,
    labelPrefix: flags["label-prefix"],
    onProgress: (done, total) => progress.update(`Importing ${done} of ${total}`),
  }).finally(() => progress.done());
  const added = report.lines.map(({ label }) => label);
  tellAlike(context.io, { what: "proxy", added, present }, report.isDryRun ? correctList : undefined);
  if (reading.entries.length + reading.problems.length === 0)
    context.io.warn("warning: The list holds no proxy.");
  for (const { line, what } of report.warnings) context.io.warn(`warning: line ${line}: ${what}`);
  for (const { line, what } of report.skipped) context.io.warn(`skipped line ${line}: ${what}`);
  return {
    data: importView(report),
    text: (style) =>
      renderTable(
        ["line", "proxy", "outcome", "changed"],
        report.lines.map(({ line, label, outcome, changed }) => ({
          line: String(line),
          proxy: label,
          outcome,
          changed: cell(changed.join(", ")),
        })),
        style,
      ),
    notes: [summary(report)],
  };
}

function readAccounts(account: string | undefined, accounts: string | undefined): readonly string[] {
  if (accounts === undefined) return account === undefined ? [] : [account];
  if (account !== undefined)
    throw new UsageError("LAUNCH_USAGE", "--account and --accounts were given together.", {
      hint: "--account gives the whole list to one account, --accounts divides it among several.",
    });
  const names = accounts.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new UsageError("LAUNCH_INVALID_VALUE", "--accounts has an empty name.", {
    hint: "Write the names with a comma between them: --accounts bob,carol.",
  });
}

// A terminal sees a line that moves; what is written to a file or a pipe gets one line, and only where it will take a while.
async function openImportProgress(io: Io, count: number): Promise<Progress> {
  const text = `Importing ${count} proxies`;
  if (count >= manyProxies && !io.isInteractive) io.note(text);
  return await io.progress(text);
}

const manyProxies = 2_000;

function summary({ lines, skipped, isDryRun }: ImportReport): string {
  const count = (outcome: string) => lines.filter((line) => line.outcome === outcome).length;
  const left = skipped.length === 0 ? "" : `, ${skipped.length} lines skipped`;
  const words = `${count("added")} added, ${count("updated")} updated, ${count("unchanged")} unchanged${left}`;
  return isDryRun ? `Nothing was stored. The import would be: ${words}.` : `${words}.`;
}
