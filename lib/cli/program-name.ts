import { basename, delimiter, dirname, relative } from "node:path";
import { commandGroups, commandTable } from "./command-table.ts";

/** What is known of how the program was started. */
export interface ProgramStart {
  /** The whole path of the script. */
  readonly script: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** How the program is typed here: `launch` where PATH finds it, `npx launch`, else the path that reaches it from this folder. */
export function programName({ script, env, cwd }: ProgramStart): string {
  const folder = dirname(script);
  if (folder.endsWith("/node_modules/.bin") && env["npm_execpath"] !== undefined)
    return `npx ${basename(script)}`;
  if ((env["PATH"] ?? "").split(delimiter).includes(folder)) return basename(script);
  const near = relative(cwd, script);
  const path = near.startsWith("..") ? near : `./${near}`;
  return shellWord(path.length < script.length ? path : script);
}

/**
 * Writes the commands in a text as they are typed here. All texts in the program say `launch …`; this is done once, where
 * they are printed, so that what is stored and what other programs read stays the same everywhere.
 */
export function spelledAs(program: string): (text: string) => string {
  if (program === "launch") return (text) => text;
  const words = [...Object.keys(commandGroups), ...commandTable.map(({ path }) => path.split(" ", 1).join())];
  const next = [...new Set(words), "help", "<command>", "--(?:help|version)"].join("|");
  const named = new RegExp(`(^|[\\s\`"'(])launch(?= (?:${next})(?:$|[\\s\`"'),.:;]))`, "gm");
  return (text) => text.replaceAll(named, (_, before: string) => before + program);
}

/** A word as a shell takes it. */
export function shellWord(path: string): string {
  return /^[\w./@%+,:-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The folder in which the program was started; one that was removed meanwhile has no name. */
export function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
