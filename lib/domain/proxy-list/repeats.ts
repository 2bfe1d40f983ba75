import { proxyIdentity } from "./proxy-label.ts";
import type { LineNote, RawEntry } from "./raw-entry.ts";

/** What is left when repeated entries are taken out, and a word on each that was. */
export interface DistinctEntries {
  readonly distinct: readonly RawEntry[];
  readonly problems: readonly LineNote[];
  readonly warnings: readonly LineNote[];
}

/** Keeps the first entry of each proxy and label: a plain repeat is a warning, one that says something else a problem. */
export function withoutRepeats(entries: readonly RawEntry[]): DistinctEntries {
  const byIdentity = new Map<string, RawEntry>();
  const byLabel = new Map<string, RawEntry>();
  const problems: LineNote[] = [];
  const warnings: LineNote[] = [];
  for (const entry of entries) {
    const { line, label } = entry;
    const identity = proxyIdentity(entry.endpoint, entry.login?.user);
    const same = byIdentity.get(identity);
    const namesake = label === undefined ? undefined : byLabel.get(label);
    if (same !== undefined && contentOf(same) === contentOf(entry))
      warnings.push({ line, what: `it repeats line ${same.line}` });
    else if (same !== undefined)
      problems.push({
        line,
        what: `it is the same proxy as in line ${same.line}, with another password or other values`,
      });
    else if (namesake !== undefined)
      problems.push({ line, what: `its label is the same as in line ${namesake.line}` });
    else {
      byIdentity.set(identity, entry);
      if (label !== undefined) byLabel.set(label, entry);
    }
  }
  return { distinct: [...byIdentity.values()], problems, warnings };
}

function contentOf({ login, label, priority, facts }: RawEntry): string {
  return JSON.stringify([login?.secretText, label, priority, Object.entries(facts)]);
}
