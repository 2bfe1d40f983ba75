import { hostLimit } from "../domain/host-limit.ts";
import { LaunchError } from "../errors.ts";
import type { GlobalFlags } from "./parse/global-flags.ts";
import type { Host } from "./terminal/terminal.ts";
import { inWords } from "./view/errno-words.ts";
import { type Style, styleFor } from "./view/style.ts";

/** What is known when an error ends the program. */
export interface Ending {
  /** The words typed; only the names of flags and commands are ever told. */
  readonly words: readonly string[];
  readonly flags: GlobalFlags;
  readonly host: Host;
}

/** Prints the error on stderr, for people or as JSON, and gives back the exit status. */
export async function reportError(error: unknown, ending: Ending): Promise<number> {
  const { flags, host } = ending;
  const known = error instanceof LaunchError ? error : (hostLimit(error) ?? unexpected(error, ending));
  const spelled = (text: string) => inWords(host.spelled(text));
  if (flags.json) {
    const { code, exitStatus } = known;
    const hint = known.hint === undefined ? undefined : spelled(known.hint);
    const message = spelled(withoutUserParts(known.message));
    host.stderr.write(`${JSON.stringify({ error: { code, message, hint, exit_status: exitStatus } })}\n`);
  } else {
    const style = await styleFor(host.stderr, { flag: flags.color, env: host.env });
    host.stderr.write(`${spelled(describeError(known, style))}\n`);
  }
  if (flags.verbose && !flags.debug)
    for (const cause of causesOf(error)) host.stderr.write(`cause: ${withoutUserParts(cause)}\n`);
  if (flags.debug) {
    const { originalStack } = await import("../config/original-stack.ts");
    host.stderr.write(`${withoutUserParts(originalStack(stackOf(error)))}\n`);
  }
  return known.exitStatus;
}

/** The error as people read it: code and message, then what to type next. */
export function describeError(error: LaunchError, style: Style): string {
  const hint = error.hint === undefined ? "" : `\n${style.bold("hint:")} ${error.hint}`;
  return `${style.bad(error.code)} ${withoutUserParts(error.message)}${hint}`;
}

/** Errors quote what they were given, in a wrong place too: the user part of an address must not come out that way. */
// A password may hold "@" and "/"; the "@" in a stack's file: URL is a package's.
export function withoutUserParts(text: string): string {
  return text
    .replaceAll(/\b(?!file:)([a-z][a-z0-9+.-]*:\/{1,3})[^\s"']*@/gi, "$1")
    .replaceAll(/(^|[\s"'(])[^\s"'/:@]+:[^\s"'/@][^\s"'@]*@(?=[\w[])/g, "$1");
}

function unexpected(error: unknown, { words, host }: Ending): LaunchError {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : typeof error;
  const report = [
    `  launch ${host.version}, Node ${process.version}, ${host.platform} ${process.arch}`,
    `  command: launch ${namesOnly(words)}`,
    `  error: ${withoutUserParts(what)}`,
  ];
  return new LaunchError("LAUNCH_INTERNAL", `Slipway did something it should not:\n${report.join("\n")}`, {
    hint: "Please report these lines; --debug adds where it happened.",
    cause: error,
  });
}

/** Flags without their values and the first two plain words: what follows may be a name or a secret. */
function namesOnly(words: readonly string[]): string {
  const flags = words.filter((word) => word.startsWith("-")).map((word) => word.replace(/=.*/s, "=…"));
  const firstFlag = words.findIndex((word) => word.startsWith("-"));
  const plain = words.slice(0, firstFlag === -1 ? words.length : firstFlag).slice(0, 2);
  return withoutUserParts([...plain, ...flags].join(" "));
}

function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || error.cause === undefined) return [];
  const { cause } = error;
  return [cause instanceof Error ? `${cause.name}: ${cause.message}` : typeof cause, ...causesOf(cause)];
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const cause = error.cause === undefined ? "" : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
