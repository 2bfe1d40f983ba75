import { stripVTControlCharacters } from "node:util";
import { cell } from "./ages.ts";
import type { Style } from "./style.ts";

/** A table that fits the terminal: which of its columns give way, and how. */
export interface FittedTable<Column extends string> {
  readonly columns: readonly Column[];
  /** Left out one after the other while the rest does not fit. */
  readonly expendable: readonly Column[];
  /** Columns that may be wrapped, each with the narrowest width that it can still be read in; their cells hold no colours. */
  readonly narrowest: Readonly<Partial<Record<Column, number>>>;
  /** What is said in place of a table without rows: a sentence with the next command. */
  readonly empty: string;
}

type Row<Column extends string> = Readonly<Record<Column, string>>;
type Widths<Column extends string> = ReadonlyMap<Column, number>;

const gap = 2;
// More names than these and a number would only hide what the row is about.
const manyNames = 4;

/** Renders a table as wide as the terminal at most; whole with `isWide` and where the output is no terminal. */
export function renderFitted<Column extends string>(
  table: FittedTable<Column>,
  rows: readonly Row<Column>[],
  style: Style,
  isWide = false,
): string {
  if (rows.length === 0) return style.dim(wrapText(table.empty, style.width ?? Infinity).join("\n"));
  const lines = rows.map((row) => mapCells(table.columns, row, (text) => text.replaceAll(/\s+/g, " ")));
  const { width } = style;
  if (isWide || width === undefined || widthOf(table.columns, lines) <= width)
    return renderTable(table.columns, lines, style);
  const columns = keptColumns(table, lines, width);
  const widths = sharedWidths(table, naturalWidths(columns, lines), width);
  const wrapped = lines.map((row) =>
    mapCells(columns, row, (text, column) =>
      table.narrowest[column] === undefined ? text : wrapText(text, widths.get(column) ?? 1).join("\n"),
    ),
  );
  return renderTable(columns, wrapped, style);
}

/** A table with headings in capitals, two spaces between columns; cells may be styled already and have several lines. Without rows only the headings. */
export function renderTable<Column extends string>(
  columns: readonly Column[],
  rows: readonly Row<Column>[],
  style: Style,
): string {
  const widths = naturalWidths(columns, rows);
  const headings = Object.fromEntries(columns.map((column) => [column, style.bold(heading(column))]));
  return [headings as Row<Column>, ...rows].flatMap((row) => linesOf(columns, row, widths)).join("\n");
}

/** How many characters wide a table of these cells is. */
export function widthOf<Column extends string>(
  columns: readonly Column[],
  rows: readonly Row<Column>[],
): number {
  return totalOf(naturalWidths(columns, rows));
}

/** The names, or on a terminal the first of many and how many more there are: "alice", "bob", "carol", "+9". */
export function fewOf(names: readonly string[], style: Style, isWide = false): readonly string[] {
  if (isWide || style.width === undefined || names.length <= manyNames) return names;
  const shown = names.slice(0, manyNames - 1);
  return [...shown, `+${names.length - shown.length}`];
}

/** The columns that fit into the width: those that nobody has anything to tell in go first, then the expendable ones. */
export function keptColumns<Column extends string>(
  table: Pick<FittedTable<Column>, "columns" | "expendable" | "narrowest">,
  rows: readonly Row<Column>[],
  width: number,
): readonly Column[] {
  const isUsed = (column: Column) => rows.some((row) => row[column] !== cell(undefined));
  const smallest = (columns: readonly Column[]) =>
    totalOf(
      new Map(
        [...naturalWidths(columns, rows)].map(([column, natural]) => [
          column,
          Math.min(natural, table.narrowest[column] ?? natural),
        ]),
      ),
    );
  let columns = table.columns.filter(isUsed);
  for (const column of table.expendable) {
    if (smallest(columns) <= width) break;
    columns = columns.filter((each) => each !== column);
  }
  return columns;
}

// What may be wrapped starts at its narrowest and grows in turn, the narrowest first, until the line is full.
function sharedWidths<Column extends string>(
  { narrowest }: FittedTable<Column>,
  natural: Widths<Column>,
  width: number,
): Widths<Column> {
  const widths = new Map(
    [...natural].map(([column, most]) => [column, Math.min(most, narrowest[column] ?? most)]),
  );
  for (let left = width - totalOf(widths); left > 0; left -= 1) {
    const [hungriest] = [...widths]
      .filter(([column, present]) => present < (natural.get(column) ?? 0))
      .toSorted(([, one], [, other]) => one - other);
    if (hungriest === undefined) break;
    widths.set(hungriest[0], hungriest[1] + 1);
  }
  return widths;
}

function naturalWidths<Column extends string>(
  columns: readonly Column[],
  rows: readonly Row<Column>[],
): Widths<Column> {
  return new Map(
    columns.map((column) => [
      column,
      rows.reduce((widest, row) => Math.max(widest, widthOfCell(row[column])), heading(column).length),
    ]),
  );
}

function linesOf<Column extends string>(
  columns: readonly Column[],
  row: Row<Column>,
  widths: Widths<Column>,
): readonly string[] {
  const cells = columns.map((column) => row[column].split("\n"));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    columns
      .map((column, index) => padded(cells[index]?.[at] ?? "", widths.get(column) ?? 0))
      .join(" ".repeat(gap))
      .trimEnd(),
  );
}

function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stripVTControlCharacters(text).length));
}

function widthOfCell(text: string): number {
  return Math.max(...text.split("\n").map((line) => stripVTControlCharacters(line).length));
}

function heading(column: string): string {
  return column.replaceAll("_", " ").toUpperCase();
}

function totalOf(widths: ReadonlyMap<string, number>): number {
  return [...widths.values()].reduce((sum, each) => sum + each, 0) + gap * (widths.size - 1);
}

function mapCells<Column extends string>(
  columns: readonly Column[],
  row: Row<Column>,
  change: (text: string, column: Column) => string,
): Row<Column> {
  return Object.fromEntries(columns.map((column) => [column, change(row[column], column)])) as Row<Column>;
}

/** Breaks a line of text at spaces, inside longer words behind their punctuation, and where there is none at the width itself. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const piece of text.split(" ").flatMap((word) => piecesOf(word, width))) {
    const joint = piece.isWord && line !== "" ? " " : "";
    if (line !== "" && line.length + joint.length + piece.text.length > width) {
      lines.push(line);
      line = piece.text;
    } else line += joint + piece.text;
  }
  return [...lines, line];
}

interface Piece {
  readonly text: string;
  /** Whether a space stands before it. */
  readonly isWord: boolean;
}

function piecesOf(word: string, width: number): readonly Piece[] {
  if (word.length <= width) return [{ text: word, isWord: true }];
  const parts = word.split(/(?<=[-_.,:;/@=])/).flatMap((part) => part.match(hardPieces(width)) ?? []);
  return parts.map((text, index) => ({ text, isWord: index === 0 }));
}

function hardPieces(width: number): RegExp {
  return new RegExp(`.{1,${Math.max(1, width)}}`, "gs");
}
