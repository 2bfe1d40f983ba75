import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageVersion } from "../../../config/package-root.ts";
import { UsageError } from "../../../errors.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { manMark, manPages } from "../../help/man-pages.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "One page for each command, from the same source as its help, in the folder man1 below the one that you give. `man launch` finds them when the folder is one that man searches. A page of somebody else is never replaced.",
  examples: [
    "launch generate man --out ~/.local/share/man",
    "launch generate man --out /usr/local/share/man",
  ],
  flags: {
    out: { kind: "text", value: "folder", help: "The folder of manuals.", required: true },
  },
} as const satisfies CommandUsage;

/** Writes the pages. */
export async function run({ flags }: Context<typeof usage>): Promise<Outcome> {
  const folder = join(flags.out, "man1");
  const pages = await manPages(packageVersion());
  try {
    for (const each of [flags.out, folder]) makeIfMissing(each);
    for (const { file } of pages) refuseForeign(join(folder, file));
    for (const { file, text } of pages) writeFileSync(join(folder, file), text);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    throw new UsageError("LAUNCH_INVALID_VALUE", `${folder} cannot be written (${code}).`, { cause });
  }
  return {
    data: { version: 1, folder, pages: pages.map(({ file }) => file) },
    notes: [`${pages.length} pages were written to ${folder}. Next: man -l ${join(folder, "launch.1")}`],
  };
}

function makeIfMissing(folder: string): void {
  if (!existsSync(folder)) mkdirSync(folder);
}

function refuseForeign(path: string): void {
  const present = readTextOf(path);
  if (present === undefined || present.startsWith(manMark)) return;
  throw new UsageError("LAUNCH_INVALID_VALUE", `${path} is a page of something else.`, {
    hint: "Give another folder with --out.",
  });
}

function readTextOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
