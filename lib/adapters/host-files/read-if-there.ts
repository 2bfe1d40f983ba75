import { readdirSync, readFileSync } from "node:fs";

/** The text of a file; undefined where it cannot be read. */
export function textIn(file: string, encoding: "utf8" | "latin1" = "utf8"): string | undefined {
  try {
    return readFileSync(file, encoding);
  } catch {
    return undefined;
  }
}

/** The names in a folder; none where it cannot be read. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
