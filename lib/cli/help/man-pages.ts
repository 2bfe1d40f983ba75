import { type CommandEntry, commandTable } from "../command-table.ts";
import { globalFlagTable } from "../parse/global-flags.ts";
import { sections } from "./sections.ts";
import { flagTerm, synopsis } from "./synopsis.ts";

/** One page of the manual, in the man macros. */
export interface ManPage {
  /** `launch-account-add.1`. */
  readonly file: string;
  readonly text: string;
}

/** The manual: one page for the program and one for each command, from what help shows. */
export async function manPages(version: string): Promise<readonly ManPage[]> {
  const commands = await Promise.all(commandTable.map((entry) => commandPage(entry, version)));
  return [overviewPage(version), ...commands];
}

function overviewPage(version: string): ManPage {
  const lines = [
    ...head("launch", "launches every trading account from its own exit IP", version),
    ".SH SYNOPSIS",
    "\\fBlaunch\\fR \\fIcommand\\fR [flags]",
    ...Object.values(sections).flatMap(({ heading, words }) => [
      `.SH ${plain(heading).toUpperCase()}`,
      ...words.flatMap((word) =>
        commandTable
          .filter(({ path }) => path === word || path.startsWith(`${word} `))
          .flatMap(({ path, summary }) => item(`launch ${path}`, summary)),
      ),
    ]),
    ".SH FLAGS OF EVERY COMMAND",
    ...Object.entries(globalFlagTable).flatMap(([name, flag]) => item(flagTerm(name, flag), flag.help)),
    ".SH EXIT STATUS",
    ...statuses.flatMap(([status, meaning]) => item(status, meaning)),
    ".SH SEE ALSO",
    "Each command has a page: \\fBlaunch\\-account\\-add\\fR(1). docs/cli.md tells the same with every exit status.",
  ];
  return { file: "launch.1", text: `${lines.join("\n")}\n` };
}

const statuses = [
  ["0", "The command, or the bot, finished."],
  ["1", "A failure."],
  ["64", "The command line is wrong."],
  ["69", "No exit can be used until an operator changes something."],
  ["75", "A temporary trouble: try again."],
  ["77", "A proxy refused its credential, or a stored one cannot be opened."],
  ["78", "Configuration, keys, state folder, schema or tier cannot be used."],
] as const;

async function commandPage({ path, summary, load }: CommandEntry, version: string): Promise<ManPage> {
  const { usage } = await load();
  const { details, examples = [], flags = {} } = usage;
  const name = `launch-${path.replaceAll(" ", "-")}`;
  const words = (usage.operands ?? []).flatMap((operand) => item(`<${operand.name}>`, operand.help));
  const own = Object.entries(flags).flatMap(([flag, is]) => item(flagTerm(flag, is), is.help));
  const lines = [
    ...head(name, summary.replace(/\.$/, ""), version),
    ".SH SYNOPSIS",
    prose(synopsis(path, usage)),
    ...(examples.length === 0 ? [] : [".SH EXAMPLES", ".EX", ...examples.map(prose), ".EE"]),
    ".SH DESCRIPTION",
    prose(summary),
    ...(details === undefined ? [] : [".PP", prose(details)]),
    ...(words.length === 0 ? [] : [".SH ARGUMENTS", ...words]),
    ...(own.length === 0 ? [] : [".SH FLAGS", ...own]),
    ".SH SEE ALSO",
    "\\fBlaunch\\fR(1), for the flags that every command takes and for the exit statuses",
  ];
  return { file: `${name}.1`, text: `${lines.join("\n")}\n` };
}

function head(name: string, summary: string, version: string): readonly string[] {
  return [
    `.TH ${name.toUpperCase().replaceAll("-", "\\-")} 1 "" "Slipway ${version}" "Slipway"`,
    // Long terms and commands must neither be broken nor stretched.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${name.replaceAll("-", "\\-")} \\- ${plain(summary)}`,
  ];
}

function item(term: string, text: string): readonly string[] {
  return [".TP", `\\fB${plain(term)}\\fR`, prose(text)];
}

// Code in backticks stands out; a line must not begin like a request.
function prose(text: string): string {
  const marked = plain(text).replaceAll(/`([^`]*)`/g, "\\fB$1\\fR");
  return /^[.']/.test(marked) ? `\\&${marked}` : marked;
}

function plain(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("…", "...")
    .replaceAll("|", "|\\:")
    .replaceAll("'", "\\(aq");
}
