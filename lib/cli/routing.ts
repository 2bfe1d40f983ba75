import { UsageError } from "../errors.ts";
import { type CommandEntry, commandGroups, commandTable } from "./command-table.ts";
import { globalFlagTable, shortForms } from "./parse/global-flags.ts";
import { beginsWithLongDash, notDashes, unknownFlag } from "./parse/usage-error.ts";

/** What the words ask for: a command with the words that are its own (global flags before its name among them), help, or the version. */
export type Route =
  | { readonly kind: "command"; readonly entry: CommandEntry; readonly words: readonly string[] }
  | { readonly kind: "help"; readonly topic: readonly string[] }
  | { readonly kind: "missing"; readonly topic: readonly string[] }
  | { readonly kind: "version" };

// What help tells of besides commands.
const helpTopics: readonly string[] = ["flags"];

/** Finds the command by the words that name it; throws UsageError with what was most likely meant. */
export async function route(words: readonly string[]): Promise<Route> {
  const named = plainWords(words);
  if (named.stop === "version") return { kind: "version" };
  if (named.first?.word === "help")
    return { kind: "help", topic: await helpTopic(words.slice(named.first.index + 1)) };
  const { first, second } = named;
  if (first === undefined) return { kind: named.stop === "help" ? "help" : "missing", topic: [] };
  const long = second && entryOf(`${first.word} ${second.word}`);
  if (second !== undefined && long !== undefined)
    return { kind: "command", entry: long, words: without(words, [first.index, second.index]) };
  const short = entryOf(first.word);
  if (short !== undefined) return { kind: "command", entry: short, words: without(words, [first.index]) };
  if (!isGroup(first.word)) throw await unknownCommand([first.word, ...(second ? [second.word] : [])]);
  if (second !== undefined) throw await unknownCommand([first.word, second.word]);
  return { kind: named.stop === "help" ? "help" : "missing", topic: [first.word] };
}

interface PlainWords {
  readonly first?: { readonly word: string; readonly index: number };
  readonly second?: { readonly word: string; readonly index: number };
  /** A flag that asks for something else than a command, before the second word. */
  readonly stop?: "help" | "version";
}

// The first two words that are neither global flags nor their values. What comes after a command's name is its own.
function plainWords(words: readonly string[]): PlainWords {
  let first: PlainWords["first"];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) {
      if (first !== undefined) return { first, second: { word, index } };
      first = { word, index };
      if (word === "help" || (entryOf(word) !== undefined && !isGroup(word))) return { first };
      continue;
    }
    if (word === "--help" || word === "-h")
      return first === undefined ? { stop: "help" } : { first, stop: "help" };
    if ((word === "--version" || word === "-V") && first === undefined) return { stop: "version" };
    if (takesValue(word)) index += 1;
  }
  return first === undefined ? {} : { first };
}

// Whether the next word is this global flag's value; throws for a flag that is none.
function takesValue(word: string): boolean {
  const [name = ""] = word.split("=", 1);
  const known = Object.keys(globalFlagTable).find(
    (each) => `--${each}` === name || shortForms[each] === name,
  );
  if (known !== undefined)
    return globalFlagTable[known as keyof typeof globalFlagTable].kind !== "toggle" && !word.includes("=");
  throw unknownFlag(name, ["version"], "launch");
}

async function helpTopic(words: readonly string[]): Promise<readonly string[]> {
  const topic = words.filter((word) => !word.startsWith("-")).slice(0, 2);
  const [first] = topic;
  if (first === undefined) return [];
  if (helpTopics.includes(first)) return [first];
  if (entryOf(topic.join(" ")) !== undefined) return topic;
  if (entryOf(first) !== undefined || (isGroup(first) && topic.length === 1)) return [first];
  throw await unknownCommand(topic);
}

async function unknownCommand(typed: readonly string[]): Promise<UsageError> {
  const { didYouMeanCommands, suggestCommands } = await import("./parse/suggestion.ts");
  const paths = commandTable.map(({ path }) => path);
  const [first = ""] = typed;
  if (beginsWithLongDash(first)) return notDashes(first);
  const place = isGroup(first) ? typed.join(" ") : first;
  const meant = didYouMeanCommands(suggestCommands(typed, paths));
  const hint = isGroup(first) ? `Run \`launch ${first} --help\`.` : "Run `launch --help`.";
  return new UsageError("LAUNCH_USAGE", `There is no command "${place}".${meant}`, { hint });
}

function entryOf(path: string): CommandEntry | undefined {
  return commandTable.find((entry) => entry.path === path);
}

function isGroup(word: string): boolean {
  return Object.hasOwn(commandGroups, word);
}

function without(words: readonly string[], indexes: readonly number[]): readonly string[] {
  return words.filter((_, index) => !indexes.includes(index));
}
