import type { ProxyEndpoint } from "../proxy/proxy-endpoint.ts";
import type { ProxyLogin } from "./proxy-login.ts";

/** A sentence about a line of the list; it never quotes a value. */
export interface LineNote {
  readonly line: number;
  readonly what: string;
}

/** An entry before it has a label and its secret is wrapped. */
export interface RawEntry {
  readonly line: number;
  readonly endpoint: ProxyEndpoint;
  readonly login: ProxyLogin | undefined;
  readonly label: string | undefined;
  readonly priority: number | undefined;
  /** Vendor facts by key, not yet checked. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What one structure (lines, CSV, JSON) gave. */
export interface RawList {
  readonly entries: readonly RawEntry[];
  readonly problems: readonly LineNote[];
  readonly warnings: readonly LineNote[];
}

/** One entry, why it is none, or a line that was skipped with a word about it. */
export type RawReading =
  | { readonly kind: "entry"; readonly entry: RawEntry }
  | { readonly kind: "problem" | "warning"; readonly note: LineNote };

/** A reading that failed. */
export function problemAt(line: number, what: string): RawReading {
  return { kind: "problem", note: { line, what } };
}

/** Sorts readings into entries, problems and warnings. */
export function rawList(readings: readonly RawReading[]): RawList {
  const notes = (kind: "problem" | "warning"): readonly LineNote[] =>
    readings.flatMap((reading) => (reading.kind === kind && "note" in reading ? reading.note : []));
  return {
    entries: readings.flatMap((reading) => (reading.kind === "entry" ? reading.entry : [])),
    problems: notes("problem"),
    warnings: notes("warning"),
  };
}
