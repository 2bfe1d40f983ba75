import { parse } from "csv-parse/sync";
import { type CountryCode, countryNamed, parseCountry, parseVenue, type VenueName } from "../account.ts";
import { withoutSeparatorLine } from "../text/separator-line.ts";
import { trimPlain, unseenProblem } from "../text/unseen.ts";

/** An account as a list describes it; what the list does not say is undefined. */
export interface AccountEntry {
  readonly line: number;
  readonly name: string;
  readonly venues: readonly VenueName[] | undefined;
  readonly countries: readonly CountryCode[] | undefined;
  readonly groupName: string | undefined;
  /** The labels of proxies of the pool that it may use, the preferred one first. */
  readonly proxies: readonly string[];
}

/** A sentence about a line of the list. */
export interface AccountLineNote {
  readonly line: number;
  readonly what: string;
}

export interface AccountListReading {
  readonly entries: readonly AccountEntry[];
  readonly problems: readonly AccountLineNote[];
}

const columns = ["name", "venue", "country", "group", "proxy"] as const;
type Column = (typeof columns)[number];

const meanings: Readonly<Record<string, Column>> = {
  name: "name",
  account: "name",
  account_name: "name",
  venue: "venue",
  venues: "venue",
  exchange: "venue",
  exchanges: "venue",
  broker: "venue",
  country: "country",
  countries: "country",
  group: "group",
  proxy: "proxy",
  proxies: "proxy",
  proxy_label: "proxy",
};

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads a list of accounts: one name a line, or CSV whose first line names the columns (name, venue, country, group, proxy).
 * A cell may hold several values with `;`, `|` or spaces between them. Nothing is guessed: what cannot be read is a problem.
 */
export function readAccountList(text: string): AccountListReading {
  const parsed = rowsOf(text.replace(/^\uFEFF/, ""));
  if (parsed.problem !== undefined) return { entries: [], problems: [parsed.problem] };
  const [first, ...rest] = parsed.rows;
  if (first === undefined) return { entries: [], problems: [{ line: 1, what: "the list is empty" }] };
  const header = headerOf(first);
  const problems: AccountLineNote[] = [...header.problems];
  const entries: AccountEntry[] = [];
  const lines = new Map<string, number>();
  for (const row of problems.length > 0 ? [] : header.isHeader ? rest : parsed.rows) {
    const found = problemsOf(row, header.columns);
    const entry = found.length > 0 ? undefined : entryOf(row, header.columns);
    const before = entry === undefined ? undefined : lines.get(entry.name);
    if (before !== undefined) found.push(`"${entry?.name}" stands on line ${before} already`);
    problems.push(...found.map((what) => ({ line: row.line, what })));
    if (entry === undefined || found.length > 0) continue;
    lines.set(entry.name, row.line);
    entries.push(entry);
  }
  return { entries, problems };
}

function rowsOf(whole: string): { readonly rows: readonly Row[]; readonly problem?: AccountLineNote } {
  if (/^\s*[[{]/.test(whole))
    return {
      rows: [],
      problem: { line: 1, what: "it is JSON; write one name a line, or CSV with a header" },
    };
  if (/^(?:---[ \t]*$|- *[\w.-]+:(?: |$)|[\w.-]+: *$)/m.test(whole))
    return {
      rows: [],
      problem: { line: 1, what: "it looks like YAML; write one name a line, or CSV with a header" },
    };
  const { rows: text, delimiter: told } = withoutSeparatorLine(whole);
  const [head = ""] = text
    .split(/\r\n|\n|\r/)
    .filter((line) => trimPlain(line) !== "" && !line.startsWith("#"));
  const delimiter = told ?? [",", "\t", ";", "|"].find((each) => head.includes(each)) ?? ",";
  try {
    const parsed: unknown = parse(text, {
      delimiter,
      comment: "#",
      comment_no_infix: true,
      skip_empty_lines: true,
      relax_column_count: true,
      info: true,
    });
    const rows = parsed as readonly { record: readonly string[]; info: { lines: number } }[];
    return {
      rows: rows
        .map(({ record, info }) => ({ line: info.lines, cells: record.map(trimPlain) }))
        .filter(({ cells }) => cells.some((cell) => cell !== "")),
    };
  } catch (error) {
    const { lines, code } = error as { lines?: number; code?: string };
    const what =
      code === "CSV_QUOTE_NOT_CLOSED"
        ? "a quote is not closed"
        : "a quote stands inside a value; remove it, or put the value in quotes and double the quote in it";
    return { rows: [], problem: { line: lines ?? 1, what } };
  }
}

function headerOf({ line, cells }: Row): {
  readonly isHeader: boolean;
  readonly columns: readonly (Column | undefined)[];
  readonly problems: readonly AccountLineNote[];
} {
  const known = cells.map((cell) => meanings[cell.toLowerCase().replaceAll(/[\s-]+/g, "_")]);
  if (!known.includes("name")) {
    if (cells.length === 1) return { isHeader: false, columns: ["name"], problems: [] };
    const what = "the first line does not name the columns; write: name,venue,country,group,proxy";
    return { isHeader: false, columns: [], problems: [{ line, what }] };
  }
  const problems = cells.flatMap((cell, index) => {
    const column = known[index];
    if (column === undefined)
      return [{ line, what: `the column "${cell}" is not known; there are ${columns.join(", ")}` }];
    return known.indexOf(column) === index ? [] : [{ line, what: `the column ${column} stands there twice` }];
  });
  return { isHeader: true, columns: known, problems };
}

function problemsOf({ cells }: Row, header: readonly (Column | undefined)[]): string[] {
  if (cells.length > header.length)
    return [`${cells.length} cells, but ${header.length} column${header.length === 1 ? "" : "s"}`];
  const found: string[] = [];
  const unseen = cells.flatMap((cell, index) => {
    const problem = unseenProblem(cell);
    return problem === undefined ? [] : [`its ${header[index] ?? "cell"} ${problem}`];
  });
  if (unseen.length > 0) return unseen;
  const name = textOf(cells, header, "name");
  if (name === "") found.push("the name is missing");
  else if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/.test(name))
    found.push(`"${name}" cannot be the name of an account`);
  for (const venue of listOf(cells, header, "venue"))
    if (parseVenue(venue) === undefined) found.push(`"${venue}" is not a valid name of a venue`);
  for (const country of listOf(cells, header, "country"))
    if (parseCountry(country) === undefined)
      found.push(`"${country}" is not a country code of two letters${codeHint(country)}`);
  return found;
}

function codeHint(country: string): string {
  const code = countryNamed(country);
  return code === undefined ? "" : `; write ${code}`;
}

function entryOf({ line, cells }: Row, header: readonly (Column | undefined)[]): AccountEntry {
  const venues = listOf(cells, header, "venue").flatMap((text) => parseVenue(text) ?? []);
  const countries = listOf(cells, header, "country").flatMap((text) => parseCountry(text) ?? []);
  return {
    line,
    name: textOf(cells, header, "name"),
    venues: venues.length === 0 ? undefined : venues,
    countries: countries.length === 0 ? undefined : countries,
    groupName: textOf(cells, header, "group") || undefined,
    proxies: listOf(cells, header, "proxy"),
  };
}

function textOf(cells: readonly string[], header: readonly (Column | undefined)[], column: Column): string {
  const index = header.indexOf(column);
  return index === -1 ? "" : (cells[index] ?? "");
}

function listOf(
  cells: readonly string[],
  header: readonly (Column | undefined)[],
  column: Column,
): readonly string[] {
  return textOf(cells, header, column)
    .split(/[;|,\s]+/)
    .filter((text) => text !== "");
}
