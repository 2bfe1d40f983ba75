import { describeTier } from "../../domain/run/tier.ts";
import { wordsApart } from "../../domain/text/unit-word.ts";
import { describeDuration } from "../../domain/time.ts";
import type { RunRow } from "../../operations/runs/list-runs.ts";
import { cell, lengthCell } from "./ages.ts";
import { keptColumns, renderTable, widthOf } from "./fitted-table.ts";
import type { Style } from "./style.ts";

type Column =
  | "unit"
  | "state"
  | "proxy"
  | "exit_ip"
  | "country"
  | "tier"
  | "pid"
  | "host"
  | "uptime"
  | "restarts"
  | "bypass"
  | "why";

// Left out one after the other until the table fits; what says who leaves from where, and why not, goes last.
const expendable: readonly Column[] = ["country", "host", "pid", "uptime", "restarts", "tier", "why"];
// Where there are several hosts, a pid alone says nothing.
const expendableOnMany: readonly Column[] = ["country", "pid", "uptime", "restarts", "tier", "host", "why"];
const narrow: readonly Column[] = [
  "unit",
  "state",
  "proxy",
  "exit_ip",
  "country",
  "tier",
  "pid",
  "host",
  "uptime",
  "restarts",
  "why",
];
const wide: readonly Column[] = [...narrow.slice(0, -1), "bypass", "why"];
/** What `ps` fits into when the output is no terminal. */
const paperWidth = 80;
// Reasons are shortened, and the last restart's left out, before any column is: one held bot must not hide the others' columns.
const longestReason = 60;
const shortestReason = 16;

/** The table of `launch ps`: fits the terminal (80 columns elsewhere) unless `isWide`. */
export function renderRuns(found: readonly RunRow[], style: Style, isWide: boolean): string {
  if (found.length === 0) return style.dim("Nothing runs.");
  const wordOf = wordsApart(found.map(({ kind, unit: name }) => ({ kind, name })));
  const rows = found.map((row) => {
    const unit = wordOf({ kind: row.kind, name: row.unit });
    return unit === row.unit ? row : { ...row, unit };
  });
  if (isWide) return renderTable(wide, rows.map(painted(style, longestReason)), style);
  const width = Math.max(style.width ?? paperWidth, 40);
  const columns = keptColumns(
    { columns: narrow, expendable: isOnMany(rows) ? expendableOnMany : expendable, narrowest: {} },
    rows.map(plainCells(shortestReason)),
    width,
  );
  const fits = (reason: number) => widthOf(columns, rows.map(plainCells(reason))) <= width;
  return renderTable(columns, rows.map(painted(style, longestFitting(fits))), style);
}

function isOnMany(rows: readonly RunRow[]): boolean {
  return (
    new Set(rows.flatMap(({ host, standby }) => [...(host === undefined ? [] : [host]), ...standby])).size > 1
  );
}

// By halves: each look makes every row anew.
function longestFitting(fits: (reason: number) => boolean): number {
  let [shown, tooLong] = [shortestReason, longestReason + 1];
  while (tooLong - shown > 1) {
    const middle = (shown + tooLong) >> 1;
    if (fits(middle)) shown = middle;
    else tooLong = middle;
  }
  return shown;
}

type Cells = Readonly<Record<Column, string>>;

function painted(style: Style, reason: number): (row: RunRow) => Cells {
  return (row) => {
    const plain = plainCells(reason)(row);
    return { ...plain, state: paint(plain.state, row, style) };
  };
}

function plainCells(reason: number): (row: RunRow) => Cells {
  return (row) => ({
    unit: row.unit,
    state: stateCell(row),
    proxy: cell(row.proxyLabel),
    exit_ip: exitCell(row),
    country: cell(row.country),
    tier: row.tier === undefined || row.tier === "direct" ? cell(row.tier) : describeTier(row.tier),
    pid: cell(row.pid),
    host: cell(row.host),
    uptime: lengthCell(row.uptimeMs),
    restarts: row.restarts === 0 ? "-" : `${row.restarts}${lastRestart(row, reason)}`,
    bypass: cell(row.bypass.join(" ")),
    why: shorten(whyOf(row), reason),
  });
}

function whyOf({ reason, standby }: RunRow): string | undefined {
  if (standby.length === 0) return reason;
  return [...(reason === undefined ? [] : [reason]), `standby: ${standby.join(", ")}`].join("; ");
}

/** The word of `launch why`, and on the way there the run's own, which says more: "proving", "backing off", "launcher dead". */
export function stateCell({ state, accountState }: RunRow): string {
  const isFiner = accountState !== "held" && !["running", "holding", "ended", "never ran"].includes(state);
  return (isFiner ? state : (accountState ?? state)).replaceAll("_", " ");
}

const doesNotRun: readonly RunRow["state"][] = ["ended", "never ran", "waiting", "failed"];

// Of what does not run it is the exit that it had last, or is to have: in parentheses, since nobody leaves there now.
function exitCell({ exitIp, exitReach, exitAgeMs, state }: RunRow): string {
  if (exitIp === undefined) return "-";
  if (doesNotRun.includes(state)) return `(${exitIp})`;
  const notes = [
    ...(exitReach === "lab" ? ["lab"] : []),
    ...(exitAgeMs === undefined ? [] : [describeDuration(exitAgeMs)]),
  ];
  return notes.length === 0 ? exitIp : `${exitIp} (${notes.join(", ")})`;
}

function lastRestart({ lastRestartReason }: RunRow, longest: number): string {
  if (lastRestartReason === undefined || longest <= shortestReason) return "";
  return ` (${shorten(lastRestartReason, longest)})`;
}

function shorten(text: string | undefined, longest: number): string {
  if (text === undefined || text === "") return "-";
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

function paint(text: string, row: RunRow, style: Style): string {
  if (text === "running") return style.good(text);
  if (row.state === "ended" || row.state === "never ran") return style.dim(text);
  return row.isLive || row.state === "waiting" ? style.warn(text) : style.bad(text);
}
