import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";

/** What is read of the host; undefined where it is not there, or cannot be read. */
export function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The text of a file. */
export function textIn(file: string, encoding: "utf8" | "latin1" = "utf8"): string | undefined {
  return orNothing(() => readFileSync(file, encoding));
}

/** The names in a folder. */
export function namesIn(folder: string): readonly string[] {
  return orNothing(() => readdirSync(folder)) ?? [];
}

/** Where a path leads behind all links. */
export function realPathOf(path: string): string | undefined {
  return orNothing(() => realpathSync(path));
}

/** What a link says. */
export function linkAt(path: string): string | undefined {
  return orNothing(() => readlinkSync(path));
}

/** A field of mountinfo, which writes blanks and backslashes by their octal numbers (proc(5)). */
export function unescaped(field: string): string {
  return field.replaceAll(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
