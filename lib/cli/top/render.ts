import { describeDuration } from "../../domain/time.ts";
import type { RunRow } from "../../operations/runs/list-runs.ts";
import { unitWord } from "../../operations/units/live-desk.ts";
import { renderRuns, stateCell } from "../view/run-table.ts";
import type { Style } from "../view/style.ts";
import { heartbeatWords, heldExitWords, trafficWords } from "../view/units/unit-status.ts";
import { cutLine, foldLine } from "./fold.ts";
import type { Extent } from "./keys.ts";
import { chosenRow, type Pane, placeOf, type TopState, type TopVerb } from "./state.ts";

/** The screen's size and colours. */
export interface Sheet {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** What the screen shows: its lines, as many as it has rows, and how much of what is known they hold. */
export interface Frame {
  readonly lines: readonly string[];
  readonly extent: Extent;
}

/** The mark, and a space. */
const markWidth = 2;
/** Below this many rows what is told of the unit under the mark gives way to the table. */
const roomy = 12;

/** Draws what is known, as wide and high as the screen is. */
export function renderTop(state: TopState, sheet: Sheet): Frame {
  const { columns, rows } = sheet;
  const { lines, extent } = state.pane === undefined ? table(state, sheet) : pane(state.pane, sheet);
  const foot = [messageLine(state, sheet.style), keyLine(state, sheet)];
  const room = Math.max(0, rows - foot.length);
  const body = [...lines.slice(0, room), ...Array<string>(Math.max(0, room - lines.length)).fill("")];
  return { lines: [...body, ...foot].slice(0, rows).map((line) => cutLine(line, columns)), extent };
}

function table(state: TopState, sheet: Sheet): Frame {
  const { columns, rows, style } = sheet;
  const about = rows >= roomy ? aboutChosen(state, sheet) : [];
  const [headings = "", ...all] = tableLines(state, { ...style, width: columns - markWidth });
  const tableRows = Math.max(1, rows - about.length - 4);
  const place = placeOf(state);
  // The mark stays in the middle while there is more above and below.
  const first = Math.max(0, Math.min(place - (tableRows >> 1), all.length - tableRows));
  const shown = all.slice(first, first + tableRows).map((line, at) => {
    const isChosen = first + at === place;
    return isChosen ? style.bold(`> ${line}`) : `  ${line}`;
  });
  const gap = Array<string>(Math.max(0, tableRows - shown.length)).fill("");
  return {
    lines: [headLine(state, style), `  ${headings}`, ...shown, ...gap, ...about],
    extent: { tableRows, paneRows: 1, paneLines: 0 },
  };
}

// The table is as that of `launch ps`, and made anew only when something in it has changed.
function tableLines({ rows }: TopState, style: Style): readonly string[] {
  if (rows.length === 0)
    return ["", style.dim("Nothing is known yet: add an account with `launch account add`.")];
  const { of, width, lines } = made;
  if (of === rows && width === style.width) return lines;
  made = { of: rows, width: style.width, lines: renderRuns(rows, style, false).split("\n") };
  return made.lines;
}

let made: {
  readonly of: readonly RunRow[];
  readonly width: number | undefined;
  readonly lines: readonly string[];
} = { of: [], width: undefined, lines: [] };

function headLine({ rows, trouble }: TopState, style: Style): string {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(stateCell(row), (counts.get(stateCell(row)) ?? 0) + 1);
  const words = [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([word, count]) => `${count} ${word}`);
  const known = [style.bold("launch top"), ...words].join("  ");
  return trouble === undefined ? known : `${style.bad(`not fresh: ${trouble}`)}  ${known}`;
}

// Three lines, whatever is chosen: the rest of the screen stays where it is.
function aboutChosen(state: TopState, { style }: Sheet): readonly string[] {
  const row = chosenRow(state);
  if (row === undefined) return ["", "", "", ""];
  const snapshot = state.snapshots.get(unitWord(row));
  const { exit } = snapshot ?? {};
  const why = snapshot?.reason ?? row.reason;
  const life = snapshot?.runId && [
    ...(row.kind === "bot" ? [`heartbeat ${heartbeatWords(snapshot)}`] : []),
    ...(snapshot.leaseLeftMs === undefined
      ? []
      : [`lease good for ${describeDuration(snapshot.leaseLeftMs)}`]),
    ...(snapshot.traffic === undefined ? [] : [trafficWords(snapshot.traffic)]),
  ];
  const launcher =
    row.launcherPid === undefined ? "" : `launcher pid ${row.launcherPid} on ${row.host ?? "?"}`;
  return [
    "",
    [style.bold(row.unit), why ?? ""].filter((part) => part !== "").join(": "),
    exit === undefined ? launcher : heldExitWords(exit),
    life?.join(" · ") ?? "",
  ];
}

function pane({ title, text, from }: Pane, { columns, rows, style }: Sheet): Frame {
  const all = text.split("\n").flatMap((line) => foldLine(line, columns));
  const paneRows = Math.max(1, rows - 3);
  const last = Math.max(0, all.length - paneRows);
  const first = from === "end" ? last : Math.min(from, last);
  const shown = all.slice(first, first + paneRows);
  const place =
    all.length <= paneRows ? "" : `  lines ${first + 1} to ${first + shown.length} of ${all.length}`;
  return {
    lines: [`${style.bold(title)}${place}`, ...shown],
    extent: { tableRows: 1, paneRows, paneLines: all.length },
  };
}

function messageLine({ question, message }: TopState, style: Style): string {
  return question === undefined
    ? message
    : style.warn(`${questionOf[question.verb](question.row.unit)} [y/N]`);
}

const questionOf: Readonly<Record<TopVerb, (name: string) => string>> = {
  stop: (name) => `Stop ${name}? It stays stopped until it is started.`,
  start: (name) => `Start ${name}?`,
  restart: (name) => `Restart ${name}?`,
  rotate: (name) => `Move ${name} to its next exit?`,
};

function keyLine({ pane: open }: TopState, { style }: Sheet): string {
  const words =
    open === undefined
      ? "↑↓ choose  s stop  u start  r restart  x rotate  l logs  w why  ? keys  q leave"
      : "↑↓ scroll  q back";
  return style.dim(words);
}
