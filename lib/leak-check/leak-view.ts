import type { LeakReport } from "./check-leaks.ts";
import type { LeakRow } from "./find-leaks.ts";

/** Whether nothing at all was shown: a command of the operator's failed before it reached anything, or not one client of the battery got through the proxy. */
export function isUnproven({ rows }: LeakReport, own: string | undefined): boolean {
  const [row] = rows;
  if (own === undefined) return !rows.some(({ verdict }) => verdict === "proxied" || verdict === "LEAK");
  return row?.verdict === "refused" && row.end?.isLate !== true && row.end?.code !== 0;
}

/** The answer of `launch doctor --leaks --json`. */
export function leakView(report: LeakReport, own: string | undefined): Readonly<Record<string, unknown>> {
  const { tier, evidence, noPackets, rows } = report;
  const leaks = rows.some(({ verdict }) => verdict === "LEAK");
  return {
    version: 1,
    ok: !leaks && !isUnproven(report, own),
    tier,
    evidence,
    whyNoPackets: noPackets ?? null,
    leaks: rows.map(rowJson),
  };
}

function rowJson({ client, tier, verdict, why, program, output, end }: LeakRow): Record<string, unknown> {
  return {
    client,
    tier,
    verdict,
    why,
    program: program ?? null,
    exitStatus: end?.code ?? null,
    signal: end?.signal ?? null,
    tookMs: end?.tookMs ?? null,
    stillRan: end?.isLate ?? false,
    refusals: end?.refusals ?? [],
    output,
  };
}
