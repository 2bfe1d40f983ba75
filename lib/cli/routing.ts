import { Command, CommanderError } from "commander";
import { didYouMean } from "../domain/nearest-name.ts";
import { UsageError } from "../errors.ts";
import { type CommandEntry, commandGroups, commandTable } from "./command-table.ts";
import { addGlobalFlags, readGlobals } from "./leaf.ts";
import { globalFlagTable } from "./parse/global-flags.ts";

/** Where help and version texts go; both may be called several times. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** The command that the words name, with the words that are its own, and the global flags before its name. */
export interface Route {
  readonly entry: CommandEntry;
  readonly words: readonly string[];
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Finds the command; undefined when the words only asked for help or the version, which was then printed. */
export async function route(
  words: readonly string[],
  version: string,
  output: Output,
): Promise<Route | undefined> {
  let found: Route | undefined;
  const program = quiet(new Command("launch"), output)
    .description("Launches every trading account from its own exit IP.")
    .usage("[options] <command>")
    .version(version, "-V, --version", "Show the version.")
    .helpCommand(false)
    .enablePositionalOptions();
  addGlobalFlags(program);
  const groups = new Map<string, Command>();
  for (const entry of commandTable) {
    const [first = "", second] = entry.path.split(" ");
    const parent = second === undefined ? program : groupOf(groups, program, first);
    const stub = stubOf(second ?? first, entry.summary);
    stub.action(() => {
      found = { entry, words: stub.args, globals: readGlobals(program) };
    });
    parent.addCommand(quiet(stub, output));
  }
  const isParsed = await parse(program, helpLast(words));
  return isParsed ? found : undefined;
}

/** Parses with commander; false when help or version was printed; its complaints become UsageErrors with the nearest name. */
export async function parse(command: Command, words: readonly string[]): Promise<boolean> {
  try {
    await command.parseAsync([...words], { from: "user" });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw usageError(error, command);
  }
}

/** Makes a parser throw instead of exit, and write where we say. */
export function quiet(command: Command, output: Output): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureHelp({ subcommandTerm: (subcommand) => subcommand.name() })
    .configureOutput({
      writeOut: (text) => output.out(text),
      // commander prints help of an incomplete command here, and its complaints, which we word ourselves.
      writeErr: (text) => (text.startsWith("error:") ? undefined : output.err(text)),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

// `launch help account add` and `launch account add --help` are the same question.
function helpLast(words: readonly string[]): readonly string[] {
  return words[0] === "help" ? [...words.slice(1), "--help"] : words;
}

function groupOf(groups: Map<string, Command>, program: Command, name: string): Command {
  const known = groups.get(name);
  if (known) return known;
  const group = program
    .command(name)
    .description(commandGroups[name] ?? "")
    .usage("<command>")
    .helpCommand(false);
  groups.set(name, group);
  return group;
}

// The words of a command are parsed by its own file's parser: here they only pass through, `--help` too.
function stubOf(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .argument("[words...]")
    .usage(" ")
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions();
}

function usageError(error: CommanderError, command: Command): UsageError {
  const [, typed = ""] = /'([^'=]*)/.exec(error.message) ?? [];
  const path = command.name() === "launch" ? groupPath(command) : command.name();
  const hint = `Run \`${path} --help\`.`;
  if (error.code === "commander.help")
    return new UsageError("LAUNCH_USAGE", "No command was given.", { hint });
  if (error.code === "commander.unknownCommand") {
    const known = commandTable.flatMap(({ path: name }) => [
      name.split(" ")[0] ?? "",
      name.split(" ")[1] ?? name,
    ]);
    return new UsageError("LAUNCH_USAGE", `There is no command "${typed}".${didYouMean(typed, known)}`, {
      hint,
    });
  }
  if (error.code === "commander.unknownOption") {
    const names = [
      ...command.options.map((option) => option.long ?? ""),
      ...Object.keys(globalFlagTable).map((name) => `--${name}`),
    ];
    return new UsageError("LAUNCH_USAGE", `There is no flag ${typed}.${didYouMean(typed, names)}`, { hint });
  }
  return new UsageError("LAUNCH_USAGE", sentence(error.message.replace(/^error: /, "")), { hint });
}

function groupPath(command: Command): string {
  const group = command.args[0];
  return group !== undefined && group in commandGroups ? `launch ${group}` : "launch";
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
