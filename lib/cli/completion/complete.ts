import { knownVenues } from "../../domain/venue-names.ts";
import type { CommandUsage } from "../command.ts";
import { type CommandEntry, commandGroups, commandTable } from "../command-table.ts";
import { operandsOf } from "../leaf.ts";
import type { Flag } from "../parse/flag.ts";
import { globalFlagTable, shortForms } from "../parse/global-flags.ts";
import { kindOfFlag, kindOfOperand, type WordKind } from "../words/word-kinds.ts";
import { shells } from "./shell-scripts.ts";

/** One word that may stand there, with what it is. */
export interface Candidate {
  readonly word: string;
  readonly help?: string;
}

/** What may stand at the last word: candidates, or names that the caller looks up. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly Candidate[] }
  | { readonly kind: "names"; readonly of: WordKind };

const nothing: Completion = { kind: "words", words: [] };

/** What may stand at the last of the words; it is being typed and may be empty. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? "";
  if (before.includes("--")) return { kind: "names", of: "files" };
  const asksHelp = before[0] === "help";
  const { path, rest } = splitPath(asksHelp ? before.slice(1) : before);
  const entry = commandTable.find((each) => each.path === path);
  if (entry === undefined) {
    const pending = valueOf(path, globalFlagTable, before.at(-1));
    if (pending !== undefined) return pending;
    if (current.startsWith("-")) return { kind: "words", words: flagsOf(globalFlagTable, []) };
    return { kind: "words", words: nextWords(path) };
  }
  return asksHelp ? nothing : await completeCommand(entry, rest, current);
}

async function completeCommand(
  { path, load }: CommandEntry,
  rest: readonly string[],
  current: string,
): Promise<Completion> {
  const { usage } = await load();
  const flags = { ...usage.flags, ...globalFlagTable };
  const pending = valueOf(path, flags, rest.at(-1));
  if (pending !== undefined) return pending;
  if (current.startsWith("--") && current.includes("=")) return nothing;
  if (current.startsWith("-")) return { kind: "words", words: flagsOf(flags, rest) };
  return operandAt(path, usage, plainOf(path, flags, rest).length);
}

// The command's name, and the words that are its own; global flags may stand before it.
function splitPath(words: readonly string[]): { readonly path: string; readonly rest: readonly string[] } {
  const rest: string[] = [];
  let path = "";
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    const next = path === "" ? word : `${path} ${word}`;
    const isDone = commandTable.some((each) => each.path === path) && !Object.hasOwn(commandGroups, path);
    if (!isDone && !word.startsWith("-") && (isCommand(next) || Object.hasOwn(commandGroups, next)))
      path = next;
    else rest.push(word);
  }
  return { path, rest };
}

function isCommand(path: string): boolean {
  return commandTable.some((each) => each.path === path);
}

function nextWords(path: string): readonly Candidate[] {
  if (path !== "")
    return commandTable
      .filter((entry) => entry.path.startsWith(`${path} `))
      .map((entry) => ({ word: entry.path.slice(path.length + 1), help: entry.summary }));
  const single = commandTable.filter((entry) => !entry.path.includes(" "));
  return [
    ...single.map((entry) => ({ word: entry.path, help: entry.summary })),
    ...Object.entries(commandGroups).map(([word, help]) => ({ word, help })),
    { word: "help", help: "Shows examples and flags of a command." },
  ];
}

function flagNamed(
  flags: Readonly<Record<string, Flag>>,
  word: string | undefined,
): [string, Flag] | undefined {
  if (word === undefined) return undefined;
  return Object.entries(flags).find(([name]) => word === `--${name}` || word === shortForms[name]);
}

// What the flag before wants; undefined when it is no flag, or one without a value.
function valueOf(
  path: string,
  flags: Readonly<Record<string, Flag>>,
  word: string | undefined,
): Completion | undefined {
  const [name, flag] = flagNamed(flags, word) ?? [];
  if (name === undefined || flag === undefined || flag.kind === "toggle") return undefined;
  if (flag.kind === "choice")
    return { kind: "words", words: flag.choices.map((choice) => ({ word: choice })) };
  if (flag.kind === "duration" || flag.kind === "count") return nothing;
  return ofKind(kindOfFlag(path, name, flag.value));
}

function flagsOf(flags: Readonly<Record<string, Flag>>, given: readonly string[]): readonly Candidate[] {
  const isFree = ([name, flag]: [string, Flag]) => flag.kind === "list" || !given.includes(`--${name}`);
  return [
    ...Object.entries(flags)
      .filter(isFree)
      .map(([name, { help }]) => ({ word: `--${name}`, help })),
    { word: "--help", help: "Show help instead of doing anything." },
  ];
}

function plainOf(
  path: string,
  flags: Readonly<Record<string, Flag>>,
  words: readonly string[],
): readonly string[] {
  return words.filter(
    (word, index) => !word.startsWith("-") && valueOf(path, flags, words[index - 1]) === undefined,
  );
}

function operandAt(path: string, usage: CommandUsage, index: number): Completion {
  const operands = operandsOf(usage);
  const operand = operands[index] ?? operands.findLast(({ arity }) => arity === "many");
  if (operand === undefined) return nothing;
  return ofKind(kindOfOperand(path, operand.name));
}

function ofKind(kind: WordKind | undefined): Completion {
  switch (kind) {
    case undefined:
      return nothing;
    case "venues":
      return { kind: "words", words: knownVenues().map((word) => ({ word })) };
    case "shells":
      return { kind: "words", words: shells.map((word) => ({ word })) };
    case "files":
    case "folders":
    case "accounts":
    case "bots":
    case "proxies":
    case "collectors":
    case "units":
    case "channels":
      return { kind: "names", of: kind };
  }
}
