import type { NamedLog } from "../../domain/logs/named-log.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import { fitsPattern, isNamePattern } from "../../domain/text/name-pattern.ts";
import { readUnitWord } from "../../domain/text/unit-word.ts";
import { UsageError } from "../../errors.ts";
import type { LogReader } from "../../ports/logs/log-reader.ts";

/** Which logs are meant. */
export interface LogWish {
  /** Names and patterns. */
  readonly names: readonly string[];
  readonly all: boolean;
}

/** What is known of logs without asking the database. */
export interface LogPlaces {
  /** Of what launch.yaml names, and of every log in the folder of logs. */
  readonly known: readonly NamedLog[];
  /** Where the log of an account's bot would be. */
  readonly placeOf: (account: string) => NamedLog;
  /** Those with a terminal of their own, of which no log is kept. */
  readonly untold: ReadonlySet<string>;
}

export interface FoundLogs {
  readonly found: readonly NamedLog[];
  /** Named by the user and known, but without a log here. */
  readonly without: readonly NamedLog[];
}

/** Finds the logs that are meant. `accounts` is asked only for names that nothing here knows. Rejects with UsageError LAUNCH_UNKNOWN_UNIT. */
export async function findLogs(
  reader: Pick<LogReader, "has">,
  { names, all }: LogWish,
  places: LogPlaces,
  accounts: () => Promise<readonly string[]>,
): Promise<FoundLogs> {
  const meant = all ? [...places.known] : [];
  const asked = new Set<NamedLog>();
  for (const word of names) {
    const { kind, name: bare } = readUnitWord(word);
    const isKind = (log: NamedLog): boolean => kind === undefined || log.kind === kind;
    const fitting = places.known.filter((log) => isKind(log) && fitsPattern(log.name, bare));
    if (fitting.length === 0 && kind === "collector") throw unknownLog(word, places.known, []);
    const others = fitting.length > 0 ? [] : await ofAccounts(word, places, accounts);
    meant.push(...fitting, ...others);
    if (!isNamePattern(bare)) for (const log of meant) if (log.name === bare && isKind(log)) asked.add(log);
  }
  const unique = [...new Map(meant.map((log) => [`${log.kind}:${log.name}`, log])).values()];
  const present = new Set<NamedLog>();
  for (const log of unique) if (await reader.has(log.path)) present.add(log);
  return {
    found: unique.filter((log) => present.has(log)),
    without: unique.filter((log) => asked.has(log) && !present.has(log)),
  };
}

function unknownLog(word: string, known: readonly NamedLog[], accounts: readonly string[]): UsageError {
  const { name: bare } = readUnitWord(word);
  const what = isNamePattern(bare)
    ? `No bot or collector fits "${word}".`
    : `No bot or collector is called "${word}".`;
  const names = [...new Set([...known.map(({ name }) => name), ...accounts])];
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `${what}${didYouMean(bare, names)}`, {
    hint: namesHint(known),
  });
}

async function ofAccounts(
  word: string,
  { known, placeOf }: LogPlaces,
  accounts: () => Promise<readonly string[]>,
): Promise<readonly NamedLog[]> {
  const names = await accounts();
  const { name: bare } = readUnitWord(word);
  const fitting = names.filter((name) => fitsPattern(name, bare));
  if (fitting.length > 0) return fitting.map(placeOf);
  throw unknownLog(word, known, names);
}

/** Tells which names have logs, for whoever typed none or a wrong one. */
export function namesHint(known: readonly NamedLog[]): string {
  const names = [...new Set(known.map(({ name }) => name))].toSorted();
  if (names.length === 0) return "`launch ps` shows which bots and collectors run, and where.";
  const shown = names.slice(0, 8).join(", ");
  return `Name one or more of ${shown}${names.length > 8 ? " …" : ""}, or use --all.`;
}
