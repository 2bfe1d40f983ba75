import { refuseUnsupportedPlatform } from "../config/platform.ts";
import { UsageError } from "../errors.ts";
import type { CommandModule, CommandUsage, Context, Outcome } from "./command.ts";
import type { CommandEntry } from "./command-table.ts";
import { reportError } from "./error-report.ts";
import { type ParsedLeaf, parseLeaf } from "./leaf.ts";
import { type GlobalFlags, guessGlobalFlags } from "./parse/global-flags.ts";
import { openResources } from "./resources.ts";
import { route } from "./routing.ts";
import { type Host, openTerminal } from "./terminal/terminal.ts";
import { styleFor } from "./view/style.ts";

/** Runs what the words ask for and gives back the exit status; every error ends up on stderr, none is thrown. */
export async function runProgram(words: readonly string[], host: Host): Promise<number> {
  const divider = words.indexOf("--");
  const own = divider === -1 ? words : words.slice(0, divider);
  const command = divider === -1 ? undefined : words.slice(divider + 1);
  let flags = guessGlobalFlags(own);
  try {
    const found = await find(own, host);
    if (found === undefined) return 0;
    flags = globalFlags(found.leaf.globals);
    refuseUnsupportedPlatform(host.platform);
    refuseStrayCommand(found, command);
    return await runCommand(found, { flags, command: command ?? [], host });
  } catch (error) {
    return await reportError(error, { words: own, flags, host });
  }
}

interface Found {
  readonly entry: CommandEntry;
  readonly module: CommandModule;
  readonly leaf: ParsedLeaf;
}

// Undefined when the words only asked for help or the version, which was then printed.
async function find(words: readonly string[], host: Host): Promise<Found | undefined> {
  const { stdout, stderr, version } = host;
  const routed = await route(words);
  if (routed.kind === "version") stdout.write(`${version}\n`);
  if (routed.kind === "help") await showHelp(routed.topic, stdout, host);
  if (routed.kind === "missing") {
    await showHelp(routed.topic, stderr, host);
    throw new UsageError("LAUNCH_USAGE", "No command was given.", {
      hint: `Run \`${["launch", ...routed.topic].join(" ")} --help\`.`,
    });
  }
  if (routed.kind !== "command") return undefined;
  const { entry } = routed;
  const module = await entry.load();
  const leaf = await parseLeaf({ path: entry.path, usage: module.usage }, routed.words);
  if (leaf !== undefined) return { entry, module, leaf };
  await showHelp(entry.path.split(" "), stdout, host);
  return undefined;
}

async function showHelp(topic: readonly string[], stream: NodeJS.WriteStream, host: Host): Promise<void> {
  const [{ helpText }, { widestHelp }] = await Promise.all([
    import("./help/help-text.ts"),
    import("./help/overview.ts"),
  ]);
  const sheet = { width: Math.min(stream.columns || 80, widestHelp), spelled: host.spelled };
  stream.write(await helpText(topic, sheet));
}

interface Call {
  readonly flags: GlobalFlags;
  readonly command: readonly string[];
  readonly host: Host;
}

async function runCommand({ module, leaf }: Found, { flags, command, host }: Call): Promise<number> {
  const terminal = await openTerminal(host, flags);
  const resources = openResources(flags, terminal);
  const context: Context<CommandUsage> = {
    flags: leaf.flags,
    args: leaf.args,
    command,
    io: terminal,
    loadConfig: () => resources.loadConfig(),
    openWorkspace: (read) => resources.openWorkspace(read),
  };
  try {
    const outcome = await module.run(context as never);
    await print(outcome, flags, host);
    for (const note of outcome.notes ?? []) terminal.note(note);
    return outcome.exitStatus || Number(leaf.flags["success-status"] ?? 0);
  } finally {
    await resources.close();
  }
}

async function print(outcome: Outcome, flags: GlobalFlags, host: Host): Promise<void> {
  if (flags.json && outcome.data !== undefined)
    host.stdout.write(`${JSON.stringify(outcome.data, undefined, 2)}\n`);
  if (flags.json && outcome.follow === undefined) return;
  const style = await styleFor(host.stdout, { flag: flags.color, env: host.env });
  const text = flags.json ? undefined : outcome.text?.(style);
  if (text !== undefined) host.stdout.write(`${host.spelled(text)}\n`);
  const { follow } = outcome;
  if (follow === undefined) return;
  const { printLines } = await import("./terminal/print-lines.ts");
  await printLines((gone) => follow(style, gone), host.stdout);
}

function refuseStrayCommand({ entry, module }: Found, command: readonly string[] | undefined): void {
  if (command === undefined || module.usage.command) return;
  throw new UsageError("LAUNCH_USAGE", `launch ${entry.path} takes no command after --.`, {
    hint: `Run \`launch ${entry.path} --help\`.`,
  });
}

function globalFlags(given: Readonly<Record<string, unknown>>): GlobalFlags {
  const text = (name: string) => given[name] as string | undefined;
  return {
    config: text("config"),
    envFile: text("env-file"),
    stateDir: text("state-dir"),
    keyFile: text("key-file"),
    json: given["json"] === true,
    quiet: given["quiet"] === true,
    verbose: given["verbose"] === true,
    noInput: given["no-input"] === true,
    color: (given["color"] as GlobalFlags["color"] | undefined) ?? "auto",
    logFormat: (given["log-format"] as GlobalFlags["logFormat"] | undefined) ?? "text",
    debug: given["debug"] === true,
  };
}
