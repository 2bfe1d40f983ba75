import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The schema as this program wants it: migrations, which only grow, and functions, which are put in place anew when they changed. */
export interface SchemaFiles {
  /** Oldest first. */
  readonly migrations: readonly SchemaFile[];
  readonly functions: readonly SchemaFile[];
  /** Names the whole set of functions. */
  readonly functionsHash: string;
}

export interface SchemaFile {
  /** The number in front of a migration's name; 0 for a function. */
  readonly id: number;
  readonly name: string;
  readonly text: string;
  readonly hash: string;
}

/** Reads `<folder>/000001_name.sql` and `<folder>/functions/name.sql`: fifty small files, which each start reads at once sooner than in turns. */
export function readSchemaFiles(folder: string): SchemaFiles {
  const [migrations, functions] = [readAll(folder), readAll(join(folder, "functions"))];
  const functionsHash = hashOf(functions.map(({ text }) => text).join("\n"));
  return { migrations: migrations.toSorted((a, b) => a.id - b.id), functions, functionsHash };
}

function readAll(folder: string): readonly SchemaFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.toSorted().map((file) => {
    const text = readFileSync(join(folder, file), "utf8");
    const [, number = "0", name = file] = /^(?:(\d+)_)?(.+)\.sql$/.exec(file) ?? [];
    return { id: Number(number), name, text, hash: hashOf(text) };
  });
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
