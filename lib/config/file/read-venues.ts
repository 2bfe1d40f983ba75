import { dirname, resolve } from "node:path";
import type { OutputRule } from "../../domain/verdict/output-rule.ts";
import type { VenueEntry } from "../../domain/verdict/venue-entry.ts";
import { invalidFile } from "./invalid-file.ts";
import type { FileContent } from "./schema.ts";
import { outputRuleOf, venueEntryOf, venueProblem } from "./venue-schema.ts";
import type { YamlFile } from "./yaml/yaml-file.ts";

/** The user's entries of launch.yaml, then those of the files that it names; throws ConfigError naming file, rule and key. */
export function readVenues(
  content: FileContent,
  yaml: YamlFile,
  entriesOf: (path: string) => readonly VenueEntry[],
): { readonly venues: readonly VenueEntry[]; readonly outputRules: readonly OutputRule[] } {
  const files = (content.venue_files ?? []).map((path) => resolve(dirname(yaml.path), path));
  const venues = [...(content.venues ?? []).map(venueEntryOf), ...files.flatMap(entriesOf)];
  const outputRules = (content.output_rules ?? []).map(outputRuleOf);
  refuseUnknown(outputRules, { own: venues.map(({ venue }) => venue), yaml });
  return { venues, outputRules };
}

function refuseUnknown(
  rules: readonly OutputRule[],
  { own, yaml }: { readonly own: readonly string[]; readonly yaml: YamlFile },
): void {
  const issues = rules.flatMap(({ name, venue }, index) => {
    const why = venue === undefined ? undefined : venueProblem(venue, own);
    if (why === undefined) return [];
    return [`${yaml.locate(["output_rules", index, "venue"])} output_rules.${name}.venue ${why}`];
  });
  if (issues.length > 0) throw invalidFile(yaml.path, issues);
}
