import type { EngineFiles } from "../../compose/engines/containers/engine-files.ts";
import type { Outcome } from "../command.ts";
import { renderGenerated } from "./generated-files.ts";

/** What a generator made, as data and as text; writes the files unless that was not asked for. */
export async function engineOutcome(
  made: EngineFiles,
  flags: { readonly out: string | undefined; readonly "dry-run": boolean; readonly force: boolean },
  steps: readonly string[],
): Promise<Outcome> {
  const planned = made.files.flatMap((file) => file.planned ?? []);
  if (!flags["dry-run"]) {
    const { writeGenerated } = await import("../../compose/engines/write-planned.ts");
    await writeGenerated(planned, flags.force);
  }
  return {
    data: {
      version: 1,
      files: made.files.map(({ name, text, planned: plan }) => ({
        name,
        path: plan?.path ?? null,
        state: plan?.fate ?? null,
        difference: plan?.difference ?? [],
        text,
      })),
      units: made.units,
    },
    text: (style) =>
      flags.out === undefined ? printed(made) : renderGenerated(planned, flags["dry-run"], style),
    notes: [...made.warnings.map((text) => `warning: ${text}`), ...(flags["dry-run"] ? [] : steps)],
  };
}

// What is one file can be piped on as it is.
function printed({ files }: EngineFiles): string {
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return only.text.trimEnd();
  return files
    .map(({ name, text }) => `# ${name}\n${text}`)
    .join("\n")
    .trimEnd();
}
