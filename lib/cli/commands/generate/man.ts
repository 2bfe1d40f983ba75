import { join } from "node:path";
import { packageVersion } from "../../../config/package-root.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { generateFlags } from "../../generated/generate-flags.ts";
import { renderGenerated } from "../../generated/generated-files.ts";
import { manPages } from "../../help/man-pages.ts";

export const usage = {
  details:
    "One page for each command, from the same source as its help, in the folder man1 below the one that you give. `man launch` finds them when the folder is one that man searches. A page of somebody else is only replaced with --force.",
  examples: [
    "launch generate man --out ~/.local/share/man",
    "launch generate man --out /usr/local/share/man",
  ],
  flags: {
    out: { kind: "text", value: "folder", help: "The folder of manuals.", required: true },
    ...generateFlags,
  },
} as const satisfies CommandUsage;

/** Writes the pages. */
export async function run({ flags }: Context<typeof usage>): Promise<Outcome> {
  const { planGenerated, writeGenerated } = await import("../../../compose/engines/write-planned.ts");
  const folder = join(flags.out, "man1");
  const pages = await manPages(packageVersion());
  const planned = await Promise.all(
    pages.map(({ file, text }) =>
      planGenerated({
        path: join(folder, file),
        text,
        comment: '.\\"',
        command: "launch generate man",
        mode: 0o644,
      }),
    ),
  );
  if (!flags["dry-run"]) await writeGenerated(planned, flags.force);
  const data = { version: 1, folder, pages: pages.map(({ file }) => file) };
  if (flags["dry-run"]) return { data, text: (style) => renderGenerated(planned, true, style) };
  return {
    data,
    notes: [`${pages.length} pages were written to ${folder}. Next: man -l ${join(folder, "launch.1")}`],
  };
}
