import type { CommandModule, CommandUsage } from "./command.ts";
import type { CommandEntry } from "./command-table.ts";
import { commandTable } from "./command-table.ts";
import type { Flag } from "./parse/flag.ts";
import { globalFlagTable, shortForms } from "./parse/global-flags.ts";

/** The pages of docs/commands, each with the first words of the commands that it describes. */
export const commandPages: Readonly<Record<string, readonly string[]>> = {
  accounts: ["account"],
  proxies: ["proxy", "assign", "unassign", "demote", "burn", "revive"],
  running: ["bot", "collector", "ps", "events", "why", "rotate", "report", "doctor", "echo", "generate"],
  "set-up": ["init", "keys", "db", "config"],
};

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

/** The page of a command; undefined when no page takes it. */
export function pageOf({ path }: Pick<CommandEntry, "path">): string | undefined {
  const [word = ""] = path.split(" ");
  return Object.keys(commandPages).find((page) => commandPages[page]?.includes(word));
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

/** What is typed: `launch account add <name> [flags]`. */
function typed(path: string, { operands = [], flags = {}, command }: CommandUsage): string {
  const places = operands.map(({ name, arity }) =>
    arity === "one" ? `<${name}>` : arity === "optional" ? `[${name}]` : `[${name}…]`,
  );
  const required = Object.entries(flags).flatMap(([name, flag]) =>
    flag.kind === "text" && flag.required ? [`--${name} <${flag.value}>`] : [],
  );
  const isFlagged = Object.keys(flags).length > required.length;
  const tail = [isFlagged ? "[flags]" : "", command ? "[-- command …]" : ""];
  return ["launch", path, ...places, ...required, ...tail].filter((word) => word !== "").join(" ");
}

function section(entry: CommandEntry, { usage }: CommandModule): readonly string[] {
  const { details, examples, operands = [], flags = {} } = usage;
  const lines = [`## launch ${entry.path}`, "", `\`${typed(entry.path, usage)}\``, "", entry.summary];
  if (details !== undefined) lines.push("", details);
  const taken = [...operands.map(({ name, help }) => `- \`${name}\`: ${help}`), ...flagLines(flags)];
  if (taken.length > 0) lines.push("", ...taken);
  if (examples !== undefined) lines.push("", "```", ...examples, "```");
  return [...lines, ""];
}

function flagLines(flags: Readonly<Record<string, Flag>>): readonly string[] {
  return Object.entries(flags).map(([name, flag]) => {
    const short = shortForms[name] === undefined ? "" : `${shortForms[name]}, `;
    return `- \`${short}--${name}${valueOf(flag)}\`: ${flag.help}`;
  });
}

function valueOf(flag: Flag): string {
  switch (flag.kind) {
    case "toggle":
      return "";
    case "duration":
      return " <duration>";
    case "choice":
      return ` ${flag.choices.join("|")}`;
    case "text":
    case "count":
      return ` <${flag.value}>`;
    case "list":
      return ` <${flag.value}> …`;
  }
}

function link(entry: CommandEntry): string {
  const { path } = entry;
  return `[\`launch ${path}\`](commands/${pageOf(entry)}.md#launch-${path.replaceAll(" ", "-")})`;
}
