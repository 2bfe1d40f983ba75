import type { CommanderError } from "commander";
import { nearestName } from "../../domain/nearest-name.ts";
import { UsageError } from "../../errors.ts";
import type { Flag } from "./flag.ts";
import { globalFlagTable, shortForms } from "./global-flags.ts";

/** The command whose words were refused. */
export interface Refused {
  readonly path: string;
  readonly usage: { readonly flags?: Flags; readonly command?: true };
  readonly words: readonly string[];
}

/** The complaint of the parser in our words: flags are spelled as flags, and what was most likely meant is named. */
export function usageErrorOf(error: CommanderError, refused: Refused): UsageError {
  const { path, usage, words } = refused;
  const flags = allFlags(usage);
  const hint = `Run \`launch ${path} --help\`.`;
  const dashed = words.find((word) => longDash.test(word));
  if (dashed !== undefined) return notDashes(dashed);
  const [, about = ""] = /'(?:-\w, )?([^'\s=]*)/.exec(error.message) ?? [];
  switch (error.code) {
    case "commander.unknownOption":
      if (about.startsWith("--") && Object.hasOwn(flags, about.slice(2)))
        return new UsageError("LAUNCH_USAGE", `${about} takes no value.`, { hint: `Type ${about} alone.` });
      return unknownFlag(about, Object.keys(flags), `launch ${path}`);
    case "commander.missingMandatoryOptionValue": {
      const mistyped = firstUnknown(words, flags);
      if (mistyped !== undefined) return unknownFlag(mistyped, Object.keys(flags), `launch ${path}`);
      return new UsageError("LAUNCH_USAGE", `${withValue(about, flags)} is missing.`, { hint });
    }
    case "commander.optionMissingArgument":
      return new UsageError("LAUNCH_USAGE", `${about} needs a value: ${withValue(about, flags)}.`, { hint });
    case "commander.invalidArgument":
      return invalidValue(error.message, about, { flags, hint });
    case "commander.missingArgument":
      return new UsageError("LAUNCH_USAGE", `<${about}> is missing.`, { hint });
    case "commander.excessArguments":
      return tooMany(error.message, refused, hint);
    default:
      return new UsageError("LAUNCH_USAGE", error.message.replace(/^error: /, ""), { hint });
  }
}

const longDash = /^[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/;

/** Whether a word begins with a dash of another kind, as pages and chats make of two. */
export function beginsWithLongDash(word: string): boolean {
  return longDash.test(word);
}

/** What is said of such a word. */
export function notDashes(typed: string): UsageError {
  const [word = ""] = typed.split("=", 1);
  const code = word.charCodeAt(0).toString(16).toUpperCase();
  return new UsageError("LAUNCH_USAGE", `"${word}" begins with U+${code}, a dash of another kind.`, {
    hint: `Type --${word.replace(/^[^\p{L}]+/u, "")} with two plain dashes.`,
  });
}

/** A flag that does not stand here, with the one that was most likely meant. */
export function unknownFlag(typed: string, own: readonly string[], command: string): UsageError {
  const [name = ""] = typed.split("=", 1);
  const known = [...own, ...Object.keys(globalFlagTable), "help"].map((each) => `--${each}`);
  const meant = nearestName(name, known);
  const question = meant === undefined ? "" : ` Did you mean ${meant}?`;
  return new UsageError("LAUNCH_USAGE", `There is no flag ${name}.${question}`, {
    hint: `Run \`${command} --help\`.`,
  });
}

type Flags = Readonly<Record<string, Flag>>;

function allFlags({ flags = {} }: Refused["usage"]): Flags {
  return { ...flags, ...globalFlagTable };
}

// The parser asks for what is required before it looks at what it does not know: `--acount alice` would only be "--account is missing".
function firstUnknown(words: readonly string[], flags: Flags): string | undefined {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!/^-./.test(word)) continue;
    const [typed = ""] = word.split("=", 1);
    const name = Object.keys(flags).find((each) => `--${each}` === typed || shortForms[each] === typed);
    if (name === undefined) return typed;
    if (flags[name]?.kind !== "toggle" && !word.includes("=")) index += 1;
  }
  return undefined;
}

function withValue(typed: string, flags: Flags): string {
  const flag = flags[typed.replace(/^--/, "")];
  if (flag === undefined || flag.kind === "toggle") return typed;
  return `${typed} <${"value" in flag ? flag.value : flag.kind}>`;
}

function invalidValue(
  message: string,
  typed: string,
  { flags, hint }: { readonly flags: Flags; readonly hint: string },
): UsageError {
  const [, value = "", why = ""] = /argument '([\s\S]*)' is invalid\. ([\s\S]*)$/.exec(message) ?? [];
  const flag = flags[typed.replace(/^--/, "")];
  if (flag?.kind !== "choice")
    return new UsageError("LAUNCH_USAGE", `${typed} cannot be "${value}". ${why}`, { hint });
  const meant = nearestName(value, flag.choices);
  const question = meant === undefined ? "" : ` Did you mean ${typed} ${meant}?`;
  const choices = flag.choices.join(", ").replace(/, ([^,]*)$/, " or $1");
  return new UsageError("LAUNCH_USAGE", `${typed} can be ${choices}, not "${value}".${question}`, { hint });
}

function tooMany(message: string, refusal: Refused, help: string): UsageError {
  const { path, usage, words } = refusal;
  const [, expected = "0", given = "more"] = /Expected (\d+) arguments? but got (\d+)/.exec(message) ?? [];
  const named = expected === "0" ? takesNames[path] : undefined;
  if (named !== undefined)
    return new UsageError("LAUNCH_USAGE", `\`launch ${path}\` takes no name: it is about all of them.`, {
      hint: `Type \`launch ${named} ${simpleWord(words, allFlags(usage))}\`.`,
    });
  return new UsageError("LAUNCH_USAGE", `Too many arguments: ${expected} expected, ${given} given.`, {
    hint: usage.command
      ? `The command to run stands after --: \`launch ${path} NAME -- node bots/main.js\`.`
      : help,
  });
}

/** What people mean who give a name to a command that takes none; a test makes sure that these commands are there and take one. */
export const takesNames: Readonly<Record<string, string>> = {
  ps: "status",
  top: "status",
  down: "stop",
  reload: "restart",
  doctor: "check",
  "account ls": "why",
  "proxy ls": "proxy history",
  "notify ls": "notify test",
};

// The first word that is no flag and no flag's value, where it can be typed again as it is.
function simpleWord(words: readonly string[], flags: Flags): string {
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (!word.startsWith("-")) return /^[\w.:-]+$/.test(word) ? word : "NAME";
    const flag = flags[word.replace(/^--/, "")];
    if (flag !== undefined && flag.kind !== "toggle") index += 1;
  }
  return "NAME";
}
