import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../config/duration.ts";
import { unseenProblem } from "../domain/text/unseen.ts";
import { UsageError } from "../errors.ts";
import type { CommandUsage } from "./command.ts";
import type { Flag, Operand } from "./parse/flag.ts";
import { globalFlagTable, shortForms } from "./parse/global-flags.ts";
import { beginsWithLongDash, notDashes, usageErrorOf } from "./parse/usage-error.ts";
import { plainNames } from "./words/plain-names.ts";

/** What the words of one command came to. */
export interface ParsedLeaf {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly args: Readonly<Record<string, unknown>>;
}

/** A command as far as its words concern it. */
export interface Leaf {
  readonly path: string;
  readonly usage: CommandUsage;
}

/** Reads the words of a command; undefined when they only ask for help. Throws UsageError. */
export async function parseLeaf(leaf: Leaf, words: readonly string[]): Promise<ParsedLeaf | undefined> {
  const { path, usage } = leaf;
  const command = parserOf(leaf);
  try {
    await command.parseAsync([...words], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw usageErrorOf(error, { path, usage, words });
  }
  const given = operandsOf(usage).map(({ name }, index) => [name, command.processedArgs[index]] as const);
  for (const [name, value] of given)
    if (!freeValues.has(name))
      for (const each of [value].flat()) {
        requireFlagsBefore(each);
        requireSeen(`<${name}>`, each);
      }
  const word = wordFlag(usage);
  const flags = plainNames(path, "flags", readFlags(command, usage.flags ?? {}));
  const args = plainNames(path, "operands", Object.fromEntries(given));
  if (word === undefined) return { flags, globals: readGlobals(command), args };
  const { [word]: first, ...others } = args;
  return {
    flags: { ...flags, [word]: eitherOf(leaf, flags[word], first) },
    globals: readGlobals(command),
    args: others,
  };
}

// It neither prints nor exits.
function parserOf({ path, usage }: Leaf): Command {
  const command = new Command(path)
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ formatHelp: () => "" })
    .configureOutput({ writeOut: () => undefined, writeErr: () => undefined })
    .helpOption("-h, --help")
    .action(() => undefined);
  for (const operand of operandsOf(usage)) command.argument(operandText(operand));
  for (const [name, flag] of Object.entries({ ...usage.flags, ...globalFlagTable }))
    command.addOption(optionOf(name, flag));
  return command;
}

/** The words that a command takes without a flag, with the one that may also be given by a flag. */
export function operandsOf(usage: CommandUsage): readonly Operand[] {
  const { operands = [], flags = {} } = usage;
  const word = wordFlag(usage);
  const flag = word === undefined ? undefined : flags[word];
  return word === undefined || flag === undefined
    ? operands
    : [{ name: word, help: flag.help, arity: "optional" }, ...operands];
}

function wordFlag({ flags = {} }: CommandUsage): string | undefined {
  return Object.keys(flags).find((name) => {
    const flag = flags[name];
    return flag?.kind === "text" && flag.isWord === true;
  });
}

// `launch bot alice` is `launch bot --account alice`.
function eitherOf({ path, usage }: Leaf, flag: unknown, word: unknown): unknown {
  const name = wordFlag(usage) ?? "";
  const hint = `Run \`launch ${path} --help\`.`;
  const own = usage.flags?.[name];
  const isRequired = own?.kind === "text" && own.required === true;
  if (flag === undefined && word === undefined && isRequired)
    throw new UsageError("LAUNCH_USAGE", `No ${name} was named.`, {
      hint: `Type \`launch ${path} NAME\`, or \`launch ${path} --${name} NAME\`.`,
    });
  if (flag !== undefined && word !== undefined && flag !== word)
    throw new UsageError("LAUNCH_USAGE", `Two values were given for --${name}.`, { hint });
  return flag ?? word;
}

// The global flags that were really given.
function readGlobals(command: Command): Readonly<Record<string, unknown>> {
  const given = readFlags(command, globalFlagTable);
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== false),
  );
}

function readFlags(
  command: Command,
  flags: Readonly<Record<string, Flag>>,
): Readonly<Record<string, unknown>> {
  const options: Readonly<Record<string, unknown>> = command.opts();
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const option = optionOf(name, flag);
      const value = options[option.attributeName()];
      requireSeenFlag(name, flag, value);
      if (flag.kind === "toggle") return [name, option.negate ? value === false : value === true];
      return [name, flag.kind === "list" ? (value ?? []) : value];
    }),
  );
}

function operandText({ name, arity }: Operand): string {
  if (arity === "one") return `<${name}>`;
  return arity === "optional" ? `[${name}]` : `[${name}...]`;
}

function optionOf(name: string, flag: Flag): Option {
  const short = shortForms[name];
  const long = short === undefined ? `--${name}` : `${short}, --${name}`;
  switch (flag.kind) {
    case "toggle":
      return new Option(long, flag.help);
    case "text":
      return new Option(`${long} <${flag.value}>`, flag.help)
        .makeOptionMandatory(flag.required === true && flag.isWord !== true)
        .argParser(once(long, (text) => text));
    case "list":
      return new Option(`${long} <${flag.value}>`, `${flag.help} (may be given again)`).argParser(
        (text, before: readonly string[] | undefined) => [...(before ?? []), text],
      );
    case "count":
      return new Option(`${long} <${flag.value}>`, flag.help).argParser(once(long, readCount));
    case "duration":
      return new Option(`${long} <duration>`, flag.help).argParser(once(long, readDuration));
    case "choice": {
      const option = new Option(`${long} <choice>`, flag.help).choices(flag.choices);
      const readChoice = option.parseArg;
      return option.argParser(once(long, (text) => readChoice?.(text, undefined) ?? text));
    }
  }
}

// Of two values the last would win in silence; the parser's own errors quote the value, which may be a password.
function once<T>(flag: string, read: (text: string) => T): (text: string, before: T | undefined) => T {
  return (text, before) => {
    if (before === undefined) return read(text);
    throw new UsageError("LAUNCH_USAGE", `${flag} was given twice.`, { hint: "Give it once." });
  };
}

// Sentences, paths and JSON may hold such characters rightly.
const freeValues: ReadonlySet<string> = new Set(["text", "file", "folder", "json"]);

function requireFlagsBefore(value: unknown): void {
  if (typeof value === "string" && beginsWithLongDash(value)) throw notDashes(value);
}

function requireSeen(what: string, value: unknown): void {
  const problem = typeof value === "string" ? unseenProblem(value) : undefined;
  if (problem !== undefined)
    throw new UsageError("LAUNCH_INVALID_VALUE", `${what} ${problem}.`, {
      hint: "Delete that character, or type the value again.",
    });
}

function requireSeenFlag(name: string, flag: Flag, value: unknown): void {
  if (!("value" in flag) || freeValues.has(flag.value)) return;
  for (const each of Array.isArray(value) ? value : [value]) requireSeen(`--${name}`, each);
}

function readCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError("It is not a whole number.");
}

function readDuration(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError("It is not a duration such as 90s, 15m or 1h30m.");
}
