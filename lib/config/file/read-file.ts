import { readFileSync } from "node:fs";
import { parsePublicRange } from "../../domain/ip.ts";
import { ConfigError } from "../../errors.ts";
import type { LaunchConfig, NetworkSettings, SelectionOrder, UnitEntry } from "../launch-config.ts";
import { describeIssues } from "./issues.ts";
import { emptyEntry, readUnit } from "./read-unit.ts";
import { type FileContent, fileSchema, fileVersion } from "./schema.ts";
import { invalidFile, parseYaml, type YamlFile } from "./yaml-file.ts";

/** What launch.yaml says, checked; `yaml` tells where each value stands. */
export interface FileSettings {
  readonly yaml: YamlFile;
  readonly database: NonNullable<FileContent["database"]>;
  readonly witnesses: NetworkSettings["witnesses"] | undefined;
  readonly publicRanges: NetworkSettings["publicRanges"] | undefined;
  readonly order: SelectionOrder | undefined;
  readonly defaults: UnitEntry;
  readonly bots: LaunchConfig["bots"];
  readonly collectors: LaunchConfig["collectors"];
}

/** Reads and checks a launch.yaml; throws ConfigError with all issues at once. */
export function readConfigFile(path: string): FileSettings {
  const yaml = parseYaml(path, readText(path));
  refuseOtherVersion(yaml);
  const checked = fileSchema.safeParse(yaml.value);
  if (!checked.success) throw invalidFile(path, describeIssues(checked.error.issues, yaml));
  return readContent(checked.data, yaml);
}

/** Reads a text file that the operator named; a failure is a ConfigError naming it. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} ${why}.`, { cause });
  }
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

function readContent(content: FileContent, yaml: YamlFile): FileSettings {
  const units = (kind: "bots" | "collectors") =>
    Object.fromEntries(
      Object.entries(content[kind] ?? {}).map(([name, unit]) => [name, readUnit(unit, yaml, [kind, name])]),
    );
  return {
    yaml,
    database: content.database ?? {},
    witnesses: content.network?.witnesses,
    publicRanges: content.network?.public_ranges?.map(parsePublicRange),
    order: content.selection?.order,
    defaults: content.defaults ? readUnit(content.defaults, yaml, ["defaults"]) : emptyEntry,
    bots: units("bots"),
    collectors: units("collectors"),
  };
}
