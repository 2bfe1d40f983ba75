import type { ImportReport } from "../import/import-proxies.ts";

/** The answer of `launch proxy import --json`: what became of each line. */
export function importView(report: ImportReport) {
  const { lines, skipped, warnings, isDryRun } = report;
  return { version: 1, dry_run: isDryRun, lines, skipped, warnings };
}
