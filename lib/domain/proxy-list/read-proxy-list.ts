import type { Credential } from "../proxy/credential.ts";
import type { ProxyEndpoint, ProxyScheme } from "../proxy/proxy-endpoint.ts";
import { type ProxyFacts, readProxyMetadata } from "../proxy/proxy-metadata.ts";
import { withoutSeparatorLine } from "../text/separator-line.ts";
import { trimPlain } from "../text/unseen.ts";
import { csvDelimiterOf, readCsvList } from "./csv-list.ts";
import { parseJsonList, readJsonList } from "./json-list.ts";
import { labelsFor, proxyIdentity } from "./proxy-label.ts";
import { type LineForm, type LineOptions, readProxyLine } from "./proxy-line.ts";
import { credentialOf } from "./proxy-login.ts";
import {
  type LineNote,
  problemAt,
  type RawEntry,
  type RawList,
  type RawReading,
  rawList,
} from "./raw-entry.ts";
import { withoutRepeats } from "./repeats.ts";

export interface ProxyListOptions {
  /** For entries that name none; `http` unless given. */
  readonly scheme?: ProxyScheme | undefined;
  /** Settles entries without a scheme that can be read in two ways. */
  readonly form?: LineForm | undefined;
  /** Labels that a derived label must not take. */
  readonly takenLabels?: ReadonlySet<string> | undefined;
}

export interface ProxyListEntry extends ProxyFacts {
  readonly line: number;
  readonly endpoint: ProxyEndpoint;
  readonly credential: Credential | undefined;
  readonly label: string;
  /** False when the list gave the label: on re-import a stored proxy keeps its own over a derived one. */
  readonly isLabelDerived: boolean;
  readonly priority: number | undefined;
  /** Equal for the same proxy on re-import (scheme, host, port, user); never to be printed. */
  readonly identity: string;
}

/** What a list holds; notes name lines and never values, so they can be shown. */
export interface ProxyListReading {
  readonly entries: readonly ProxyListEntry[];
  readonly problems: readonly LineNote[];
  readonly warnings: readonly LineNote[];
}

/** Reads a list of proxies: one a line, CSV with a header, or JSON; what can be read in two ways is a problem, never a guess. */
export function readProxyList(text: string, options: ProxyListOptions = {}): ProxyListReading {
  const lineOptions = { scheme: options.scheme ?? "http", form: options.form };
  const raw = readRaw(text.replace(/^\uFEFF/, ""), lineOptions);
  const { distinct, problems, warnings } = withoutRepeats(raw.entries);
  const read = distinct.map((entry) => ({ entry, ...readProxyMetadata(entry.facts) }));
  const whole = read.filter((one) => one.problems.length === 0);
  const notes = (kind: "problems" | "warnings"): readonly LineNote[] =>
    read.flatMap((one) => one[kind].map((what) => ({ line: one.entry.line, what: `its ${what}` })));
  return {
    entries: labelled(whole, options.takenLabels ?? new Set()),
    problems: inLineOrder([...raw.problems, ...problems, ...notes("problems")]),
    warnings: inLineOrder([...raw.warnings, ...warnings, ...notes("warnings")]),
  };
}

function readRaw(text: string, options: LineOptions): RawList {
  if (/^\s*<(?![a-z0-9]+:\/\/)[!?a-z]/i.test(text))
    return rawList([
      problemAt(1, "the text is XML or a web page, perhaps a vendor's login; it is not a list of proxies"),
    ]);
  // "[2001:db8::1]:8080" begins like JSON too: only what parses is JSON, and a text begun with a brace can be nothing else.
  const json = /^\s*[[{]/.test(text) ? parseJsonList(text) : undefined;
  if (json !== undefined && !("what" in json)) return readJsonList(json, options);
  if (json !== undefined && /^\s*(?:\{|\[\s*(?:["'{\]/]|$))/.test(text))
    return rawList([
      problemAt(json.line, `the text begins like JSON but ${json.what}${quotesOfPython(text)}`),
    ]);
  const { rows, delimiter: told } = withoutSeparatorLine(text);
  const lines = rows.split(/\r\n|\n|\r/).map(trimPlain);
  const header = lines.find((line) => line !== "" && !line.startsWith("#"));
  if (lines.some((line) => /^\|?(?:\s*:?-{3,}:?\s*\|)+/.test(line)))
    return rawList([
      problemAt(lines.indexOf(header ?? "") + 1, "it is a table of Markdown; write CSV with a header"),
    ]);
  const delimiter = header === undefined ? undefined : csvDelimiterOf(header, told);
  if (delimiter !== undefined) return readCsvList(rows, delimiter, options);
  return rawList(lines.flatMap((line, index) => readListLine(line, index + 1, options)));
}

function quotesOfPython(text: string): string {
  return /^\s*[[{\s]*'/.test(text) ? "; JSON has double quotes where Python prints single ones" : "";
}

function readListLine(text: string, line: number, options: LineOptions): readonly RawReading[] {
  if (text === "") return [];
  const reading = readProxyLine(text, options);
  if (text.startsWith("#")) return reading.kind === "read" ? [commentWarning(line)] : [];
  if (reading.kind === "refused") return [problemAt(line, reading.what)];
  const { endpoint, login } = reading;
  return [
    { kind: "entry", entry: { line, endpoint, login, label: undefined, priority: undefined, facts: {} } },
  ];
}

// A user may begin with a hash: the line stays a comment, but not in silence.
function commentWarning(line: number): RawReading {
  const what = "it begins with # and was skipped as a comment, although it looks like a proxy";
  return { kind: "warning", note: { line, what } };
}

interface WholeEntry {
  readonly entry: RawEntry;
  readonly facts: ProxyFacts;
}

function labelled(whole: readonly WholeEntry[], taken: ReadonlySet<string>): readonly ProxyListEntry[] {
  const labels = labelsFor(
    whole.map(({ entry }) => entry),
    taken,
  );
  return whole.map(({ entry, facts }, index) => ({
    ...facts,
    line: entry.line,
    endpoint: entry.endpoint,
    credential: credentialOf(entry.login),
    label: labels[index] ?? "",
    isLabelDerived: entry.label === undefined,
    priority: entry.priority,
    identity: proxyIdentity(entry.endpoint, entry.login?.user),
  }));
}

function inLineOrder(notes: readonly LineNote[]): readonly LineNote[] {
  return notes.toSorted((a, b) => a.line - b.line);
}
