import type { Finding } from "../doctor/finding.ts";

/** The answer of `launch doctor --json`: each finding, and whether none has failed. */
export function findingsView(findings: readonly Finding[]) {
  return {
    version: 1,
    ok: !findings.some(({ verdict }) => verdict === "failed"),
    findings: findings.map((each) => ({ ...each, fix: each.fix ?? null })),
  };
}
