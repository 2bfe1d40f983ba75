import type { CommandArgs, CommandModule } from "./command.ts";
import type { CommandEntry } from "./command-table.ts";
import { commandTable } from "./command-table.ts";
import type { Flag } from "./parse/flag.ts";
import { globalFlagTable, shortForms } from "./parse/global-flags.ts";

/** The generated part of docs/cli.md: a table of all commands, then each with what it takes. */
export async function commandDocs(): Promise<string> {
  const modules = await Promise.all(
    commandTable.map(async (entry) => ({ entry, module: await entry.load() })),
  );
  const everywhere = flagLines(globalFlagTable);
  return [
    ...table(commandTable.map((entry) => [link(entry), entry.summary])),
    "",
    "Every command takes, before or after its name:",
    "",
    ...everywhere,
    "",
    ...modules.flatMap(({ entry, module }) => section(entry, module)),
  ]
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

/** What is typed: `launch account add <name> [flags]`. */
function usage(path: string, args: CommandArgs): string {
  const operands = args.operands.map(({ name, arity }) =>
    arity === "one" ? `<${name}>` : arity === "optional" ? `[${name}]` : `[${name}…]`,
  );
  const required = Object.entries(args.flags).flatMap(([name, flag]) =>
    flag.kind === "text" && flag.required ? [`--${name} <${flag.value}>`] : [],
  );
  const isFlagged = Object.keys(args.flags).length > required.length;
  const tail = [isFlagged ? "[flags]" : "", args.command ? "[-- command …]" : ""];
  return ["launch", path, ...operands, ...required, ...tail].filter((word) => word !== "").join(" ");
}

function section(entry: CommandEntry, { meta, args }: CommandModule): readonly string[] {
  const lines = [`### launch ${entry.path}`, "", `\`${usage(entry.path, args)}\``, "", entry.summary];
  if (meta.details !== undefined) lines.push("", meta.details);
  const operands = args.operands.map(({ name, help }) => `- \`${name}\`: ${help}`);
  const taken = [...operands, ...flagLines(args.flags)];
  if (taken.length > 0) lines.push("", ...taken);
  if (meta.examples !== undefined) lines.push("", "```", ...meta.examples, "```");
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

function link({ path }: CommandEntry): string {
  return `[\`launch ${path}\`](#launch-${path.replaceAll(" ", "-")})`;
}
