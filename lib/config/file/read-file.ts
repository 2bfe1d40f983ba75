import { readFileSync } from "node:fs";
import { parsePublicRange } from "../../domain/ip.ts";
import { decodeText } from "../../domain/text/decode-text.ts";
import { findUnseen, type UnseenCharacter } from "../../domain/text/unseen.ts";
import type { OutputRule } from "../../domain/verdict/output-rule.ts";
import type { VenueEntry } from "../../domain/verdict/venue-entry.ts";
import { ConfigError } from "../../errors.ts";
import type { LaunchConfig, NetworkSettings, SelectionOrder, UnitEntry } from "../launch-config.ts";
import { metricsOf } from "./alerts/metrics-schema.ts";
import { readNotify } from "./alerts/read-notify.ts";
import { describeIssues } from "./issues.ts";
import { emptyEntry, readUnit } from "./read-unit.ts";
import { readVenues } from "./read-venues.ts";
import { type FileContent, fileSchema, fileVersion } from "./schema.ts";
import { logLimitsOf } from "./sections/logs-schema.ts";
import { switchingOf } from "./switch-schema.ts";
import { invalidFile, parseYaml, type YamlFile } from "./yaml-file.ts";

/** What launch.yaml says, checked; `yaml` tells where each value stands. */
export interface FileSettings {
  readonly yaml: YamlFile;
  readonly database: NonNullable<FileContent["database"]>;
  readonly witnesses: NetworkSettings["witnesses"] | undefined;
  readonly publicRanges: NetworkSettings["publicRanges"] | undefined;
  readonly historyDays: number | undefined;
  readonly evidenceDays: number | undefined;
  readonly hasProbes: boolean | undefined;
  readonly switching: LaunchConfig["switching"];
  readonly logs: LaunchConfig["logs"];
  readonly isDirectAllowed: boolean | undefined;
  readonly hostKey: string | undefined;
  readonly order: SelectionOrder | undefined;
  readonly notify: LaunchConfig["notify"];
  readonly metrics: LaunchConfig["metrics"];
  readonly venues: readonly VenueEntry[];
  readonly outputRules: readonly OutputRule[];
  readonly defaults: UnitEntry;
  readonly bots: LaunchConfig["bots"];
  readonly collectors: LaunchConfig["collectors"];
}

/** Reads and checks a launch.yaml; throws ConfigError with all issues at once. */
export function readConfigFile(path: string): FileSettings {
  const yaml = readYaml(path);
  refuseOtherVersion(yaml);
  const checked = fileSchema.safeParse(yaml.value);
  if (!checked.success) throw invalidFile(path, describeIssues(checked.error.issues, yaml));
  return readContent(checked.data, yaml);
}

function readYaml(path: string): YamlFile {
  return parseYaml(path, readText(path));
}

/** Reads a text file that the operator named; a failure is a ConfigError naming it. */
export function readText(path: string): string {
  const decoded = decodeText(readBytes(path));
  if (decoded.kind === "refused") throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} ${decoded.what}.`);
  const hidden = findHidden(decoded.text);
  if (hidden === undefined) return decoded.text;
  throw new ConfigError(
    "LAUNCH_CONFIG_INVALID",
    `${path}, line ${hidden.line}, holds ${hidden.name} as character ${hidden.position}.`,
    { hint: "Delete that character, or type the line again." },
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "does not exist" : `cannot be read (${code})`;
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `${path} ${why}.`, { cause });
  }
}

// Comments are for people, and tabs and emoji have their uses in values.
function findHidden(text: string): (UnseenCharacter & { readonly line: number }) | undefined {
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    const meant = line
      .replace(/(?:^|\s)#.*/s, "")
      .replaceAll("\t", " ")
      .replaceAll(/\p{Extended_Pictographic}(?:\u200D|\uFE0F)*/gu, (emoji) =>
        "x".repeat(Array.from(emoji).length),
      );
    const found = findUnseen(meant);
    if (found !== undefined) return { line: index + 1, ...found };
  }
  return undefined;
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

// YAML 1.1 reads `off` as false, 1.2 as a word.
function isOn(word: "on" | "off" | boolean): boolean {
  return word === true || word === "on";
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
    isDirectAllowed: content.network?.direct === undefined ? undefined : isOn(content.network.direct),
    hasProbes: content.network?.probes === undefined ? undefined : isOn(content.network.probes),
    hostKey: content.network?.host_key,
    publicRanges: content.network?.public_ranges?.map(parsePublicRange),
    historyDays: daysOf(content.history?.keep),
    evidenceDays: daysOf(content.evidence?.keep),
    switching: switchingOf(content.switch ?? {}),
    logs: logLimitsOf(content.logs ?? {}),
    order: content.selection?.order,
    notify: content.notify && readNotify(content.notify, yaml.path),
    metrics: metricsOf(content.metrics),
    ...readVenues(content, yaml, readYaml),
    defaults: content.defaults ? readUnit(content.defaults, yaml, ["defaults"]) : emptyEntry,
    bots: units("bots"),
    collectors: units("collectors"),
  };
}

function daysOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number.parseInt(text, 10);
}
