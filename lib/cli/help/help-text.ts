import { type CommandEntry, commandGroups, commandTable } from "../command-table.ts";
import { globalFlagTable } from "../parse/global-flags.ts";
import { type Section, sections } from "./sections.ts";
import { flagTerm, synopsis } from "./synopsis.ts";

/** Where help is shown: how wide, and how commands are typed there. */
export interface Sheet {
  readonly width: number;
  readonly spelled: (text: string) => string;
}

const everywhere = "Flags that every command takes: `launch help flags`.";

/** The help of a topic: nothing for the overview, `flags`, a group, or the path of a command; examples come before everything else. */
export async function helpText(topic: readonly string[], sheet: Sheet): Promise<string> {
  const path = topic.join(" ");
  const entry = commandTable.find((each) => each.path === path);
  if (entry !== undefined) return ended(await commandHelp(entry, sheet));
  if (topic.length === 0) return ended(overview(sheet));
  return ended(path === "flags" ? flagsHelp(sheet) : groupHelp(path, sheet));
}

function overview(sheet: Sheet): readonly string[] {
  return [
    ...wrapped("Usage: launch <command> [flags]", sheet),
    "",
    "Launches every trading account from its own exit IP.",
    "",
    "From nothing to a running bot:",
    ...examplesOf(
      [
        "launch init",
        "launch account add alice --proxy-label fra-1 --proxy-endpoint http://gw.example:8001",
        "launch proxy check fra-1",
        "launch bot alice -- node bots/main.js",
      ],
      sheet,
    ),
    ...Object.values(sections).flatMap((section) => [
      "",
      `${section.heading}:`,
      ...sectionRows(section, sheet),
    ]),
    "",
    ...wrapped(
      "`launch help COMMAND` shows examples and flags of one, `launch help flags` what all of them take. The pages are in docs/, docs/cli.md lists every command.",
      sheet,
    ),
  ];
}

function sectionRows({ words }: Section, sheet: Sheet): readonly string[] {
  const rows = words.flatMap((word) => {
    const group = commandGroups[word];
    const summary = group ?? commandTable.find(({ path }) => path === word)?.summary;
    return summary === undefined ? [] : [[word, summary] as const];
  });
  return columnsOf(rows, sheet);
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

// A line to copy is not broken.
function examplesOf(examples: readonly string[], { spelled }: Sheet): readonly string[] {
  return examples.map((example) => `  ${spelled(example)}`);
}

function part(heading: string, lines: readonly string[] | undefined): readonly string[] {
  const isList = heading.endsWith(":");
  return lines === undefined || (isList && lines.length === 0) ? [] : ["", heading, ...lines];
}

const mostTerm = 30;

// Two columns; a term that is too long stands on a line of its own.
function columnsOf(rows: readonly (readonly [string, string])[], sheet: Sheet): readonly string[] {
  const fitting = rows.map(([term]) => term.length).filter((length) => length <= mostTerm);
  const indent = 2 + Math.max(0, ...fitting) + 2;
  return rows.flatMap(([term, text]) => {
    const lines = wrapped(text, { ...sheet, width: sheet.width - indent });
    const isLong = term.length > indent - 4;
    const first = isLong ? [`  ${term}`] : [`  ${term.padEnd(indent - 2)}${lines[0] ?? ""}`];
    return [...first, ...(isLong ? lines : lines.slice(1)).map((line) => " ".repeat(indent) + line)];
  });
}

function wrapped(text: string, { width, spelled }: Sheet): readonly string[] {
  const lines: string[] = [];
  for (const word of spelled(text).split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function ended(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
