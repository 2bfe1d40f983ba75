import type { ExecTerminal } from "../../ports/operator-channel.ts";

/** What makes a terminal: script(1) of util-linux, which Debian calls essential. */
export const terminalProgram = "script";

/**
 * The command on a terminal of its own. script runs beside it, inside its tier and as its user, and holds the other end there: no
 * descriptor of it leaves the tier.
 */
export function onTerminal(
  command: readonly string[],
  { columns, rows, term }: ExecTerminal,
): readonly string[] {
  const size = `stty rows ${bounded(rows)} cols ${bounded(columns)}`;
  const name = /^[\w.+-]{1,60}$/.test(term) ? term : "dumb";
  const line = `${size}; TERM=${name} exec ${command.map(quote).join(" ")}`;
  // With a pipe for its input script would turn the echo off. It runs the line by $SHELL, which may be no shell.
  return ["env", "SHELL=/bin/sh", terminalProgram, "-qef", "-E", "always", "-c", line, "/dev/null"];
}

function bounded(size: number): number {
  return Number.isInteger(size) ? Math.min(Math.max(size, 1), 1_000) : 80;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
