import type { EngineFile } from "../../compose/engines/write-planned.ts";
import type { Outcome } from "../command.ts";
import { renderGenerated } from "./generated-files.ts";

/** What a generator made. */
export interface Generated {
  readonly files: readonly EngineFile[];
  readonly warnings: readonly string[];
  /** What --json tells besides the files. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What to type once the files are there. */
  readonly steps: readonly string[];
}

/** What was made, as data and as text; writes the files unless that was not asked for. */
export async function engineOutcome(
  { files, warnings, data, steps }: Generated,
  flags: { readonly out: string | undefined; readonly "dry-run": boolean; readonly force: boolean },
): Promise<Outcome> {
  const planned = files.flatMap((file) => file.planned ?? []);
  if (!flags["dry-run"]) {
    const { writeGenerated } = await import("../../compose/engines/write-planned.ts");
    await writeGenerated(planned, flags.force);
  }
  return {
    data: {
      version: 1,
      ...data,
      files: files.map(({ name, text, planned: plan }) => ({
        name,
        path: plan?.path ?? null,
        state: plan?.fate ?? null,
        difference: plan?.difference ?? [],
        text,
      })),
    },
    text: (style) =>
      flags.out === undefined ? printed(files) : renderGenerated(planned, flags["dry-run"], style),
    notes: [...warnings.map((text) => `warning: ${text}`), ...(flags["dry-run"] ? [] : steps)],
  };
}

// What is one file can be piped on as it is.
function printed(files: readonly EngineFile[]): string {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return only.text.trimEnd();
  return files
    .map(({ name, text }) => `# ${name}\n${text}`)
    .join("\n")
    .trimEnd();
}
