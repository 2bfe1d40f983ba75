import type { CommandModule } from "../../../lib/cli/command.ts";
import type { CommandEntry } from "../../../lib/cli/command-table.ts";
import { commandTable } from "../../../lib/cli/command-table.ts";
import { pageOf } from "../../../lib/cli/help/sections.ts";
import { flagTerm, synopsis } from "../../../lib/cli/help/synopsis.ts";
import type { Flag } from "../../../lib/cli/parse/flag.ts";
import { globalFlagTable } from "../../../lib/cli/parse/global-flags.ts";

/** The generated part of docs/cli.md: a table of all commands, and what each of them takes. */
export function commandOverview(): string {
  return [
    ...table(commandTable.map((entry) => [link(entry), entry.summary])),
    "",
    "Every command takes, before or after its name:",
    "",
    ...flagLines(globalFlagTable),
  ].join("\n");
}

/** The generated part of a page of docs/commands: each of its commands with what it takes. */
export async function commandPage(page: string): Promise<string> {
  const entries = commandTable.filter((entry) => pageOf(entry) === page);
  const modules = await Promise.all(entries.map(async (entry) => ({ entry, module: await entry.load() })));
  return modules
    .flatMap(({ entry, module }) => section(entry, module))
    .join("\n")
    .trimEnd();
}

// Padded as the formatter pads it, so that formatting the page changes nothing.
function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  const all = [["command", "what it does"] as const, ...rows];
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column as 0 | 1].length)));
  const line = (row: readonly string[], fill = " ") =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(" | ")} |`;
  const [headings = ["", ""], ...body] = all;
  return [line(headings), line(["", ""], "-"), ...body.map((row) => line(row))];
}

function section(entry: CommandEntry, { usage }: CommandModule): readonly string[] {
  const { details, examples, flags = {} } = usage;
  const operands = usage.operands ?? [];
  const lines = [`## launch ${entry.path}`, "", `\`${synopsis(entry.path, usage)}\``, "", entry.summary];
  if (details !== undefined) lines.push("", details);
  const taken = [...operands.map(({ name, help }) => `- \`${name}\`: ${help}`), ...flagLines(flags)];
  if (taken.length > 0) lines.push("", ...taken);
  if (examples !== undefined) lines.push("", "```", ...examples, "```");
  return [...lines, ""];
}

function flagLines(flags: Readonly<Record<string, Flag>>): readonly string[] {
  return Object.entries(flags).map(([name, flag]) => `- \`${flagTerm(name, flag)}\`: ${flag.help}`);
}

function link(entry: CommandEntry): string {
  const { path } = entry;
  return `[\`launch ${path}\`](commands/${pageOf(entry)}.md#launch-${path.replaceAll(" ", "-")})`;
}
