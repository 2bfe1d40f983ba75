import type { ImportedLine, ImportReport } from "../import/import-proxies.ts";

/** What became of each line of a list, as JSON. */
export interface ImportView {
  readonly version: 1;
  readonly dry_run: boolean;
  readonly lines: readonly ImportedLine[];
  readonly skipped: ImportReport["skipped"];
  readonly warnings: ImportReport["warnings"];
}

/** The answer of `launch proxy import --json`. */
export function importView({ lines, skipped, warnings, isDryRun }: ImportReport): ImportView {
  return { version: 1, dry_run: isDryRun, lines, skipped, warnings };
}
