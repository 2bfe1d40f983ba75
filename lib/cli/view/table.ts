import columnify from "columnify";
import type { Style } from "./style.ts";

/** A table with headings in capitals, two spaces between columns; cells may be styled already and have several lines. Empty rows give only the headings. */
export function renderTable<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string>>[],
  style: Style,
): string {
  const headings = Object.fromEntries(columns.map((column) => [column, style.bold(heading(column))]));
  const cells = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column]])));
  const table = columnify([headings, ...cells], {
    columns: [...columns],
    showHeaders: false,
    columnSplitter: "  ",
    preserveNewLines: true,
  });
  return table
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

function heading(column: string): string {
  return column.replaceAll("_", " ").toUpperCase();
}
