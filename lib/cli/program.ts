import { refuseUnsupportedPlatform } from "../config/platform.ts";
import { UsageError } from "../errors.ts";
import type { CommandModule, CommandUsage, Context, Outcome } from "./command.ts";
import type { CommandEntry } from "./command-table.ts";
import { reportError } from "./error-report.ts";
import { leafCommand, type ParsedLeaf, readLeaf } from "./leaf.ts";
import { type GlobalFlags, guessGlobalFlags } from "./parse/global-flags.ts";
import { openResources } from "./resources.ts";
import { parse, quiet, route } from "./routing.ts";
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

async function find(words: readonly string[], host: Host): Promise<Found | undefined> {
  const output = {
    out: (text: string) => void host.stdout.write(text),
    err: (text: string) => void host.stderr.write(text),
  };
  const routed = await route(words, host.version, output);
  if (routed === undefined) return undefined;
  const { entry, globals } = routed;
  const module = await entry.load();
  const parser = quiet(leafCommand(entry.path, entry.summary, module.usage), output).action(() => undefined);
  if (!(await parse(parser, routed.words))) return undefined;
  const leaf = readLeaf(parser, module.usage);
  return { entry, module, leaf: { ...leaf, globals: { ...globals, ...leaf.globals } } };
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
    openWorkspace: () => resources.openWorkspace(),
  };
  try {
    const outcome = await module.run(context as never);
    await print(outcome, flags, host);
    for (const note of outcome.notes ?? []) terminal.note(note);
    return outcome.exitStatus ?? 0;
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
  if (text !== undefined) host.stdout.write(`${text}\n`);
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
    color: (given["color"] as GlobalFlags["color"] | undefined) ?? "auto",
    logFormat: (given["log-format"] as GlobalFlags["logFormat"] | undefined) ?? "text",
    debug: given["debug"] === true,
  };
}
