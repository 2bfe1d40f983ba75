import { commandGroups, commandTable } from "../command-table.ts";
import { columnsOf, ended, examplesOf, type Sheet, wrapped } from "./lines.ts";
import { type Section, sections } from "./sections.ts";

/** Help is no wider than this, however wide its terminal. */
export const widestHelp = 100;

/** What `launch --help` says: how to begin, and every command by its section. */
export function overviewText(sheet: Sheet): string {
  return ended([
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
  ]);
}

function sectionRows({ words }: Section, sheet: Sheet): readonly string[] {
  const rows = words.flatMap((word) => {
    const group = commandGroups[word];
    const summary = group ?? commandTable.find(({ path }) => path === word)?.summary;
    return summary === undefined ? [] : [[word, summary] as const];
  });
  return columnsOf(rows, sheet);
}
