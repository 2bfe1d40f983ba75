import { type CommandEntry, commandGroups, commandTable } from "../command-table.ts";
import { globalFlagTable } from "../parse/global-flags.ts";
import { columnsOf, ended, examplesOf, type Sheet, wrapped } from "./lines.ts";
import { overviewText } from "./overview.ts";
import { flagTerm, synopsis } from "./synopsis.ts";

const everywhere = "Flags that every command takes: `launch help flags`.";

/** The help of a topic: nothing for the overview, `flags`, a group, or the path of a command; examples come before everything else. */
export async function helpText(topic: readonly string[], sheet: Sheet): Promise<string> {
  const path = topic.join(" ");
  const entry = commandTable.find((each) => each.path === path);
  if (entry !== undefined) return ended(await commandHelp(entry, sheet));
  if (topic.length === 0) return overviewText(sheet);
  return ended(path === "flags" ? flagsHelp(sheet) : groupHelp(path, sheet));
}

function groupHelp(group: string, sheet: Sheet): readonly string[] {
  const own = commandTable.filter(({ path }) => path.startsWith(`${group} `));
  return [
    ...wrapped(`Usage: launch ${group} <command> [flags]`, sheet),
    "",
    ...wrapped(commandGroups[group] ?? "", sheet),
    "",
    "Commands:",
    ...columnsOf(
      own.map(({ path, summary }) => [path.slice(group.length + 1), summary] as const),
      sheet,
    ),
    "",
    ...wrapped(`\`launch help ${group} COMMAND\` shows examples and flags of one.`, sheet),
  ];
}

function flagsHelp(sheet: Sheet): readonly string[] {
  const rows = Object.entries(globalFlagTable).map(
    ([name, flag]) => [flagTerm(name, flag), flag.help] as const,
  );
  const asking = [
    ["-h, --help", "Show help instead of doing anything."],
    ["-V, --version", "Print the version; before the name of a command."],
  ] as const;
  return ["Every command takes, before or after its name:", "", ...columnsOf([...rows, ...asking], sheet)];
}

async function commandHelp({ path, summary, load }: CommandEntry, sheet: Sheet): Promise<readonly string[]> {
  const { usage } = await load();
  const { details, examples = [], operands = [], flags = {} } = usage;
  const words = operands.map(({ name, help }) => [`<${name}>`, help] as const);
  const own = Object.entries(flags).map(([name, flag]) => [flagTerm(name, flag), flag.help] as const);
  return [
    ...wrapped(`Usage: ${synopsis(path, usage)}`, sheet),
    ...part("Examples:", examplesOf(examples, sheet)),
    ...part(summary, details === undefined ? [] : ["", ...wrapped(details, sheet)]),
    ...part("Arguments:", words.length === 0 ? undefined : columnsOf(words, sheet)),
    ...part("Flags:", own.length === 0 ? undefined : columnsOf(own, sheet)),
    "",
    ...wrapped(everywhere, sheet),
  ];
}

function part(heading: string, lines: readonly string[] | undefined): readonly string[] {
  const isList = heading.endsWith(":");
  return lines === undefined || (isList && lines.length === 0) ? [] : ["", heading, ...lines];
}
