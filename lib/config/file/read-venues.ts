import { dirname, resolve } from "node:path";
import { z } from "zod";
import type { OutputRule } from "../../domain/verdict/output-rule.ts";
import type { VenueEntry } from "../../domain/verdict/venue-entry.ts";
import { describeIssues } from "./issues.ts";
import type { FileContent } from "./schema.ts";
import { outputRuleOf, venueEntryOf, venueProblem, venueSchema } from "./venue-schema.ts";
import { invalidFile, type YamlFile } from "./yaml-file.ts";

/** The user's entries of launch.yaml, then those of the files that it names; throws ConfigError naming file, rule and key. */
export function readVenues(
  content: FileContent,
  yaml: YamlFile,
  readYaml: (path: string) => YamlFile,
): { readonly venues: readonly VenueEntry[]; readonly outputRules: readonly OutputRule[] } {
  const files = (content.venue_files ?? []).map((path) => readYaml(resolve(dirname(yaml.path), path)));
  const venues = [...(content.venues ?? []).map(venueEntryOf), ...files.flatMap(readEntries)];
  const outputRules = (content.output_rules ?? []).map(outputRuleOf);
  refuseUnknown(outputRules, { own: venues.map(({ venue }) => venue), yaml });
  return { venues, outputRules };
}

function readEntries(file: YamlFile): readonly VenueEntry[] {
  const schema = Array.isArray(file.value) ? z.array(venueSchema()) : venueSchema();
  const checked = schema.safeParse(file.value);
  if (!checked.success) throw invalidFile(file.path, describeIssues(checked.error.issues, file, schema));
  return [checked.data].flat().map(venueEntryOf);
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
