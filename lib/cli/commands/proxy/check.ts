import type { Workspace } from "../../../compose/workspace.ts";
import { errorCatalogue, UsageError } from "../../../errors.ts";
import { beyondBots, fixOf } from "../../../operations/doctor/check-network.ts";
import { requireProxy } from "../../../operations/find-by-name.ts";
import type { Operator } from "../../../operations/operator.ts";
import { type CheckedProxy, checkProxies } from "../../../operations/proxies/check-proxies.ts";
import { listProxies } from "../../../operations/proxies/list-proxies.ts";
import { checksView } from "../../../operations/views/checks.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { cell, verdictCell } from "../../view/ages.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

const usualTimeoutMs = 10_000;
const usualLimit = 8;

export const usage = {
  details:
    "Reads each proxy's exit address with the witnesses and compares it with the expected one. Without labels all enabled proxies are checked. Ends with 1 if one of them fails. Ends with 75 if this host reaches nothing; then no proxy is judged.",
  examples: ["launch proxy check", "launch proxy check fra-1 fra-2", "launch proxy check --account alice"],
  operands: [{ name: "labels", help: "The proxies' labels.", arity: "many" }],
  flags: {
    account: { kind: "text", value: "name", help: "Check the proxies that this account may use." },
    all: { kind: "toggle", help: "Check all enabled proxies, as without labels." },
    timeout: { kind: "duration", help: "How long one witness may take (10s)." },
    concurrency: { kind: "count", value: "count", help: "How many proxies are checked at once (8)." },
    wide: { kind: "toggle", help: "Show all columns, even if the table is wider than the terminal." },
  },
} as const satisfies CommandUsage;

const table = {
  columns: ["proxy", "verdict", "exit_ip", "country", "ms", "what"],
  expendable: ["ms", "country"],
  narrowest: { proxy: 20, exit_ip: 20, what: 24 },
  empty:
    "There is no enabled proxy to check. Look with `launch proxy ls`, or add one with `launch proxy add`.",
} as const satisfies FittedTable<"proxy" | "verdict" | "exit_ip" | "country" | "ms" | "what">;

/** Checks the proxies and keeps the results. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags, io } = context;
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const proxies = await chosen(workspace, operator, context);
  const tools = await workspace.openCheckTools({
    timeoutMs: flags.timeout ?? usualTimeoutMs,
    limit: Math.max(1, flags.concurrency ?? usualLimit),
  });
  const counts = { ok: 0, unsure: 0, failed: 0 };
  const progress = await io.progress(`Checking ${proxies.length} proxies`);
  const checked = await checkProxies(operator, tools, proxies, (label, verdict) => {
    counts[verdict] += 1;
    progress.update(`${countsText(counts, proxies.length)} · ${label}`);
  }).finally(() => progress.done());
  const failures = checked.filter(({ verdict }) => verdict !== "ok");
  return {
    data: checksView(checked),
    text: (style) =>
      renderFitted(
        table,
        checked.map((result) => ({
          proxy: result.label,
          verdict: verdictCell(result.verdict, style),
          exit_ip: cell(result.exitIp) + (result.reach === "lab" ? " (lab)" : ""),
          country: countryCell(result),
          ms: cell(result.latencyMs),
          what: whatOf(result),
        })),
        style,
        flags.wide,
      ),
    notes: [
      ...failures.map((result) => `${result.label}: ${fixOf(result)}`),
      ...vendorNotesOf(checked),
      ...beyondBots(tools),
      ...(checked.length > 1 ? [summaryOf(checked)] : []),
    ],
    exitStatus: statusOf(failures),
  };
}

type Counts = Readonly<Record<CheckedProxy["verdict"], number>>;

// The line on the terminal while the proxies are checked, and the last one.
function countsText({ ok, unsure, failed }: Counts, all: number): string {
  return `Checked ${ok + unsure + failed} of ${all} proxies: ${ok} ok, ${failed} failed, ${unsure} unsure`;
}

function summaryOf(checked: readonly CheckedProxy[]): string {
  const count = (wanted: CheckedProxy["verdict"]) =>
    checked.filter(({ verdict }) => verdict === wanted).length;
  const counts = { ok: count("ok"), unsure: count("unsure"), failed: count("failed") };
  return `${countsText(counts, checked.length)}.`;
}

// Nothing failed that can be blamed: the same check may pass as soon as this host has a network.
function statusOf(failures: readonly CheckedProxy[]): number {
  if (failures.length === 0) return 0;
  const isOffline = failures.every(({ outcome }) => outcome === "offline");
  return errorCatalogue[isOffline ? "LAUNCH_HOST_OFFLINE" : "LAUNCH_CHECK_FAILED"].exitStatus;
}

async function chosen(workspace: Workspace, operator: Operator, context: Context<typeof usage>) {
  const { store } = operator;
  const labels = context.args.labels;
  if (context.flags.all && (labels.length > 0 || context.flags.account !== undefined))
    throw new UsageError("LAUNCH_USAGE", "--all was given with labels or with --account.", {
      hint: "Leave one of them out.",
    });
  if (labels.length > 0) return await Promise.all(labels.map((label) => requireProxy(store, label)));
  const listed = await listProxies(operator, workspace.processes, context.flags.account);
  return listed.map(({ proxy }) => proxy).filter(({ isActive }) => isActive);
}

const mostLabels = 3;

// All proxies of a vendor share its ways: one line for each note.
function vendorNotesOf(checked: readonly CheckedProxy[]): readonly string[] {
  const texts = new Set(checked.flatMap(({ vendorNotes }) => vendorNotes));
  return [...texts].map((text) => {
    const labels = checked.filter(({ vendorNotes }) => vendorNotes.includes(text)).map(({ label }) => label);
    const others = labels.length - mostLabels;
    const named = labels.slice(0, mostLabels).join(", ") + (others > 0 ? ` and ${others} more` : "");
    return `${named}: ${text}`;
  });
}

function countryCell({ country, listedCountry }: CheckedProxy): string {
  return listedCountry === undefined ? cell(country) : `${cell(country)} (listed ${listedCountry})`;
}

function whatOf({ message, sameExitAs }: CheckedProxy): string {
  return sameExitAs.length === 0 ? message : `${message}; same exit as ${sameExitAs.join(", ")}`;
}
