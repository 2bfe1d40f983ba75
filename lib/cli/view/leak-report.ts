import type { LeakReport } from "../../leak-check/check-leaks.ts";
import { isUnproven } from "../../leak-check/leak-view.ts";
import { type FittedTable, renderFitted } from "./fitted-table.ts";
import type { Style } from "./style.ts";

const longestName = 32;
const lastLines = 16;

const leakColumns = {
  columns: ["client", "tier", "verdict", "evidence"],
  expendable: [],
  narrowest: { evidence: 24 },
  empty: "No client was tried.",
} as const satisfies FittedTable<"client" | "tier" | "verdict" | "evidence">;

/** The clients with their verdicts as a table. */
export function leakTable({ rows }: LeakReport, style: Style): string {
  const cells = rows.map(({ client, tier, verdict, why }) => ({
    client: client.length > longestName ? `${client.slice(0, longestName - 1)}…` : client,
    tier,
    verdict,
    evidence: why,
  }));
  const painted = cells.map((row) => (row.verdict === "LEAK" ? { ...row, verdict: style.bad("LEAK") } : row));
  return renderFitted(leakColumns, painted, style);
}

/** What the verdicts mean and rest on, in sentences for people. */
export function leakNotes(report: LeakReport, own: string | undefined): readonly string[] {
  return [
    ...howItEnded(report, own),
    ...whatItRestsOn(report),
    ...(own ? [] : pythonsUsed(report)),
    summary(report, own),
  ];
}

function howItEnded({ rows }: LeakReport, own: string | undefined): readonly string[] {
  const [row] = rows;
  if (own === undefined || row?.end === undefined) return [];
  const { notStarted, isLate, code, signal, tookMs, refusals } = row.end;
  if (notStarted !== undefined) return [];
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  const how =
    code === undefined
      ? `was killed by SIG${signal} after ${seconds}`
      : `ended with ${code} after ${seconds}`;
  const lines = row.output.trimEnd().split("\n").slice(-lastLines);
  const said = lines.join("") === "" ? "It printed nothing." : "Its last output:";
  return [
    isLate ? `${own} still ran after ${seconds} and was ended (see --for).` : `${own} ${how}.`,
    said,
    ...lines.filter(Boolean).map((line) => `  ${line}`),
    ...refusals.map((refusal) => `While it ran: ${refusal}.`.replace("..", ".")),
  ];
}

function whatItRestsOn({ evidence, noPackets }: LeakReport): readonly string[] {
  if (evidence === "packets") return [];
  return [
    noPackets ?? "",
    "Therefore packets were not counted, and this check proves less:",
    "only what reached targets on this machine's loopback was seen, by the proxy or",
    "past it. Questions to the resolver, and whatever left the machine, were not.",
  ];
}

function pythonsUsed({ programs, tier }: LeakReport): readonly string[] {
  if (tier === "preload") {
    return ["The preload tier works only for Node programs: other clients were not tried."];
  }
  if (programs.pythons.length === 0) return ["There is no python3 on PATH, nor at /usr/bin/python3."];
  return programs.pythons.map(
    ({ file, libraries }) =>
      `Python is ${file}, with ${libraries.join(", ") || "none of the libraries tried"}.`,
  );
}

function summary(report: LeakReport, own: string | undefined): string {
  const { rows } = report;
  const leaks = rows.filter(({ verdict }) => verdict === "LEAK").length;
  if (leaks > 0) return `${leaks} of ${rows.length} got past the proxy. ${whatToDo(report.tier)}`;
  if (!isUnproven(report, own)) {
    return rows[0]?.verdict === "refused" && own !== undefined
      ? "Nothing got past the proxy, and nothing went through it: it reached no target."
      : "Nothing got past the proxy.";
  }
  return own === undefined
    ? "This proves nothing: no client reached a target through the lab's proxy. See `--json`."
    : "This proves nothing: your program failed before it reached anything. Repair it first.";
}

function whatToDo(tier: LeakReport["tier"]): string {
  return tier === "env"
    ? "Leave `--isolation env` out."
    : "Do not start bots in this way; please report this with the output of `--json`.";
}
