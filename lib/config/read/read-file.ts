import { z } from "zod";
import type { VenueEntry } from "../../domain/verdict/venue-entry.ts";
import { ConfigError } from "../../errors.ts";
import { type ConfigFile, choicesOf } from "../file/choices.ts";
import { invalidFile } from "../file/invalid-file.ts";
import { type FileContent, fileVersion } from "../file/schema.ts";
import { venueEntryOf, venueSchema, type WrittenVenue } from "../file/venue-schema.ts";
import type { YamlFile } from "../file/yaml/yaml-file.ts";
import { readText } from "../read-text.ts";
import { describeIssues } from "./issues.ts";
import { parseYaml } from "./parse-yaml.ts";
import { fileSchema } from "./zod-schema.ts";

/** Reads and checks a launch.yaml; throws ConfigError with all issues at once. */
export function readConfigFile(path: string): ConfigFile {
  const yaml = readYaml(path);
  refuseOtherVersion(yaml);
  const checked = fileSchema.safeParse(yaml.value);
  if (!checked.success) throw invalidFile(path, describeIssues(checked.error.issues, yaml));
  const content = checked.data as FileContent;
  return { yaml, database: content.database ?? {}, choices: choicesOf(content, yaml, readEntries) };
}

function readYaml(path: string): YamlFile {
  return parseYaml(path, readText(path));
}

function readEntries(path: string): readonly VenueEntry[] {
  const file = readYaml(path);
  const one = venueSchema().toZod(z);
  const schema = Array.isArray(file.value) ? z.array(one) : one;
  const checked = schema.safeParse(file.value);
  if (!checked.success) throw invalidFile(path, describeIssues(checked.error.issues, file, schema));
  return ([checked.data].flat() as WrittenVenue[]).map(venueEntryOf);
}

// A file of another version cannot be judged by this schema: its first problem would hide behind twenty others.
function refuseOtherVersion(yaml: YamlFile): void {
  const content = yaml.value;
  const version =
    typeof content === "object" && content !== null && "version" in content ? content.version : undefined;
  if (typeof version !== "number" || version === fileVersion) return;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `${yaml.path} has version ${version} (${yaml.locate(["version"])}); this program reads version ${fileVersion}.`,
    { hint: version > fileVersion ? "Use a newer launch with this file." : `Write version: ${fileVersion}.` },
  );
}
