import { parse } from "csv-parse/sync";
import { parseIp } from "../ip.ts";
import { trimPlain } from "../text/unseen.ts";
import type { LineOptions } from "./proxy-line.ts";
import { type LineNote, problemAt, type RawList, type RawReading, rawList } from "./raw-entry.ts";
import { readRecord, unseenName } from "./record.ts";
import { canHeadList, meaningOf } from "./shape/column-names.ts";
import { type Field, vendorFields } from "./shape/vendor-fields.ts";

interface Cell {
  readonly text: string;
  readonly isQuoted: boolean;
}
interface Row {
  readonly line: number;
  readonly cells: readonly Cell[];
}

// 1E+15 for a long number, ="0123", and what stands where a formula failed.
const sheetDamage =
  /^(?:[0-9][.,]?[0-9]*E\+[0-9]{1,3}|=".*"|#(?:NAME\?|REF!|VALUE!|N\/A|NUM!|DIV\/0!|NULL!))$/;
const delimiters = [",", ";", "\t", "|"] as const;

/** The delimiter of a CSV header, when the line is one: its names must know an address column. `told` is the only one that counts, when given. */
export function csvDelimiterOf(headerLine: string, told?: string): string | undefined {
  const candidates = told === undefined ? delimiters : [told];
  return candidates.find((delimiter) => {
    const names = headerLine.split(delimiter).map((name) => trimPlain(name).replaceAll(/^"|"$/g, ""));
    // The first entry of a list without a header may have the host "proxy".
    const holdsValues = names.some((name) => /^[0-9]+$|:[0-9]/.test(name) || parseIp(name) !== undefined);
    return (
      !holdsValues &&
      canHeadList(names.flatMap((name) => vendorFields([[name, ""]], "http")).map(([name]) => name))
    );
  });
}

/** Reads CSV with a header; `#` lines and blank lines are skipped, cells in quotes are taken to the letter. */
export function readCsvList(text: string, delimiter: string, options: LineOptions): RawList {
  const { rows, problems } = parseRows(text, delimiter);
  const [header, ...body] = rows;
  const columns = header?.cells.map((cell) => trimPlain(cell.text)) ?? [];
  const unseen = columns.map((name) => unseenName("column", name)).find((problem) => problem !== undefined);
  if (unseen !== undefined) return rawList([problemAt(header?.line ?? 1, unseen)]);
  const readings = body.map((row) => readRow(row, columns, options));
  const list = rawList([...readings, ...skippedRows(text, delimiter, columns.length)]);
  return { ...list, problems: [...problems, ...list.problems] };
}

// A user or password may begin with a hash and stand first: the row stays a comment, but not in silence.
function skippedRows(text: string, delimiter: string, width: number): readonly RawReading[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, index): readonly RawReading[] => {
    const cells = line.startsWith("#") ? line.split(delimiter) : [];
    if (cells.length !== width || !cells.some((cell) => /^[0-9]{1,5}$/.test(cell.trim()))) return [];
    const what =
      "it begins with # and was skipped as a comment, although it has as many columns as the header";
    return [{ kind: "warning", note: { line: index + 1, what } }];
  });
}

interface ParsedRows {
  readonly rows: readonly Row[];
  readonly problems: readonly LineNote[];
}

function parseRows(text: string, delimiter: string): ParsedRows {
  const progress = { isBroken: false };
  const parsed: unknown = parse(text, {
    delimiter,
    comment: "#",
    comment_no_infix: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    relax_column_count: true,
    info: true,
    cast: (value, context): Cell => ({ text: value, isQuoted: context.quoting }),
    on_record: (record) => (progress.isBroken ? null : record),
    // The parser's error quotes the record: nothing of it is taken.
    on_skip: () => {
      progress.isBroken = true;
      return undefined;
    },
  });
  const records = parsed as readonly {
    readonly record: readonly Cell[];
    readonly info: { readonly lines: number };
  }[];
  const rows = records.map(({ record, info }) => ({ line: info.lines, cells: record }));
  return { rows, problems: progress.isBroken ? [quoteProblem(text, rows.at(-1)?.line ?? 0)] : [] };
}

// A stray quote makes a value of everything up to the next one: what stands behind it could be read wrongly.
function quoteProblem(text: string, lastWholeLine: number): LineNote {
  const behind = text.split(/\r\n|\n|\r/).slice(lastWholeLine);
  const offset = behind.findIndex((line) => line.trim() !== "" && !line.startsWith("#"));
  return {
    line: lastWholeLine + offset + 1,
    what: "its quotes do not match, so nothing from here on was read; put a value that contains a quote in quotes, and double that quote",
  };
}

function readRow(row: Row, columns: readonly string[], options: LineOptions): RawReading {
  const { line, cells } = row;
  if (cells.length !== columns.length)
    return problemAt(
      line,
      `it has ${cells.length} columns where the header has ${columns.length}; ${cells.length > columns.length ? "put a value that contains the delimiter in quotes" : "give each line as many as the header has, empty ones too"}`,
    );
  if (cells.every(({ text }, index) => text.trim() === columns[index]))
    return problemAt(line, "it repeats the header; remove it");
  const values: Field[] = [];
  for (const [index, column] of columns.entries()) {
    const { text, isQuoted } = cells[index] ?? { text: "", isQuoted: false };
    const meaning = meaningOf(column);
    const isLogin = meaning === "user" || meaning === "pass";
    if (isLogin && !isQuoted && text !== trimPlain(text))
      return problemAt(
        line,
        `its "${column}" begins or ends with a space; put it in quotes, or remove the space`,
      );
    const damage = isLogin && !isQuoted && sheetDamage.test(text);
    if (damage)
      return problemAt(
        line,
        `its "${column}" reads like what a spreadsheet makes of another value (a short number, a formula, an error); format the column as text, or if it is right, put it in quotes`,
      );
    const value = isLogin && isQuoted ? text : trimPlain(text);
    if (value !== "" && column === "")
      return problemAt(
        line,
        `its column ${index + 1} has a value but no name in the header; give it a name, or remove it`,
      );
    if (value !== "") values.push([column, value]);
  }
  return readRecord({ line, values }, options);
}
