import { parsePublicRange } from "../../domain/ip.ts";
import { leaseTtl } from "../../domain/run/lease.ts";
import { ConfigError } from "../../errors.ts";
import { parseDuration } from "../duration.ts";
import { emptyEntry, type LaunchConfig } from "../launch-config.ts";
import { readText } from "../read-text.ts";
import { metricsOf } from "./alerts/metrics-schema.ts";
import { readNotify } from "./alerts/read-notify.ts";
import { describeIssues } from "./issues.ts";
import { readUnit } from "./read-unit.ts";
import { readVenues } from "./read-venues.ts";
import { type FileContent, fileSchema, fileVersion } from "./schema.ts";
import { logLimitsOf } from "./sections/logs-schema.ts";
import { switchingOf } from "./switch-schema.ts";
import { invalidFile, parseYaml, type YamlFile } from "./yaml-file.ts";

// Three operators, so that one may be down and two still agree.
const defaultWitnesses = [
  "https://api.ipify.org?format=json",
  "https://icanhazip.com",
  "https://ipinfo.io/json",
];

/** What launch.yaml alone decides, with what holds where it says nothing. */
type FileChoices = Pick<
  LaunchConfig,
  | "network"
  | "lease"
  | "history"
  | "evidence"
  | "switching"
  | "logs"
  | "selection"
  | "notify"
  | "metrics"
  | "venues"
  | "outputRules"
  | "defaults"
  | "bots"
  | "collectors"
>;

/** A launch.yaml, checked; `yaml` tells where each value stands. */
export interface ConfigFile {
  readonly yaml: YamlFile;
  readonly database: NonNullable<FileContent["database"]>;
  readonly choices: FileChoices;
}

/** Reads and checks a launch.yaml; throws ConfigError with all issues at once. */
export function readConfigFile(path: string): ConfigFile {
  const yaml = readYaml(path);
  refuseOtherVersion(yaml);
  const checked = fileSchema.safeParse(yaml.value);
  if (!checked.success) throw invalidFile(path, describeIssues(checked.error.issues, yaml));
  return { yaml, database: checked.data.database ?? {}, choices: choicesOf(checked.data, yaml) };
}

/** What holds without a launch.yaml. */
export function withoutFile(): ConfigFile {
  const yaml = parseYaml("launch.yaml", "");
  return { yaml, database: {}, choices: choicesOf({ version: fileVersion }, yaml) };
}

function readYaml(path: string): YamlFile {
  return parseYaml(path, readText(path));
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

function choicesOf(content: FileContent, yaml: YamlFile): FileChoices {
  const units = (kind: "bots" | "collectors") =>
    Object.fromEntries(
      Object.entries(content[kind] ?? {}).map(([name, unit]) => [name, readUnit(unit, yaml, [kind, name])]),
    );
  const network = content.network ?? {};
  return {
    network: {
      witnesses: network.witnesses ?? defaultWitnesses,
      publicRanges: (network.public_ranges ?? []).map(parsePublicRange),
      isDirectAllowed: isOn(network.direct ?? "on"),
      hasProbes: isOn(network.probes ?? "on"),
      hostKey: network.host_key,
    },
    lease: { ttlMs: parseDuration(content.lease?.ttl ?? "") ?? leaseTtl.usualMs },
    history: { keepDays: Number.parseInt(content.history?.keep ?? "90d", 10) },
    evidence: { keepDays: Number.parseInt(content.evidence?.keep ?? "30d", 10) },
    switching: switchingOf(content.switch ?? {}),
    logs: logLimitsOf(content.logs ?? {}),
    selection: { order: content.selection?.order ?? "continuity" },
    notify: content.notify && readNotify(content.notify, yaml.path),
    metrics: metricsOf(content.metrics),
    ...readVenues(content, yaml, readYaml),
    defaults: content.defaults ? readUnit(content.defaults, yaml, ["defaults"]) : emptyEntry,
    bots: units("bots"),
    collectors: units("collectors"),
  };
}
