import { closeSync, openSync, readSync } from "node:fs";

/** The program that a `#!` line names: `{ file }` by path, `{ name }` through `env`, which searches PATH; undefined when the file has no such line. */
export type Interpreter = { readonly file: string } | { readonly name: string };

/** Reads the interpreter of a script from its first line; undefined for a binary or an unreadable file. */
export function readInterpreter(file: string): Interpreter | undefined {
  return parseInterpreter(readStart(file));
}

/** Reads the `#!` line at the start of a text; `env` options other than -S, and assignments, make it `{ file }` of env itself. */
export function parseInterpreter(start: string): Interpreter | undefined {
  const [, line] = /^#![ \t]*([^\n]+)/.exec(start) ?? [];
  const words = line?.trim().split(/[ \t]+/) ?? [];
  const file = words[0];
  if (file === undefined || file === "") return undefined;
  if (!/(^|\/)env$/.test(file)) return { file };
  const name = words[1] === "-S" || words[1] === "--split-string" ? words[2] : words[1];
  return name === undefined || name.startsWith("-") || name.includes("=") ? { file } : { name };
}

/** Whether a script starts Python by way of the shell, as installers write it where the path is too long for a first line. */
export function hasLongPython(file: string): boolean {
  return /^#!\/bin\/sh\n'''exec' "?\S*\/(python|pypy)/.test(readStart(file));
}

// The kernel looks at the first 256 bytes only (BINPRM_BUF_SIZE).
function readStart(file: string): string {
  const buffer = Buffer.alloc(256);
  try {
    const descriptor = openSync(file, "r");
    try {
      return buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, 256, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}
