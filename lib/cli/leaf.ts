import { Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../config/duration.ts";
import { unseenProblem } from "../domain/text/unseen.ts";
import { UsageError } from "../errors.ts";
import type { CommandUsage } from "./command.ts";
import type { Flag, Operand } from "./parse/flag.ts";
import { globalFlagTable, shortForms } from "./parse/global-flags.ts";

/** What the words of one command came to. */
export interface ParsedLeaf {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The parser of one command; its name is the whole path so that usage lines read as typed. */
export function leafCommand(path: string, summary: string, usage: CommandUsage): Command {
  const { details, examples = [], operands = [], flags = {} } = usage;
  const command = new Command(`launch ${path}`).description(
    details === undefined ? summary : `${summary}\n\n${details}`,
  );
  for (const operand of operands) command.argument(operandText(operand), operand.help);
  if (usage.command) command.usage(`${command.usage()} [-- command …]`);
  for (const [name, flag] of Object.entries(flags)) command.addOption(optionOf(name, flag));
  addGlobalFlags(command);
  if (examples.length > 0)
    command.addHelpText("after", `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`);
  return command;
}

/** Gives a parser the flags that every command takes. */
export function addGlobalFlags(command: Command): void {
  command.optionsGroup("Everywhere:");
  for (const [name, flag] of Object.entries(globalFlagTable)) command.addOption(optionOf(name, flag));
  command.helpOption("-h, --help", "Show this help.");
}

/** Reads what a parsed command holds, by the names that its usage gives. */
export function readLeaf(command: Command, { operands = [], flags = {} }: CommandUsage): ParsedLeaf {
  for (const [index, { name }] of operands.entries())
    if (!freeValues.has(name))
      for (const each of [command.processedArgs[index]].flat()) requireSeen(`<${name}>`, each);
  return {
    flags: readFlags(command, flags),
    globals: readGlobals(command),
    args: Object.fromEntries(
      operands.map(({ name }, index) => [name, command.processedArgs[index] as unknown]),
    ),
  };
}

/** The global flags that were really given to this parser. */
export function readGlobals(command: Command): Readonly<Record<string, unknown>> {
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
        .makeOptionMandatory(flag.required === true)
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
