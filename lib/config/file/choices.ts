import { parsePublicRange } from "../../domain/ip.ts";
import { leaseTtl } from "../../domain/run/lease.ts";
import type { VenueEntry } from "../../domain/verdict/venue-entry.ts";
import { parseDuration } from "../duration.ts";
import { emptyEntry, type FileChoices } from "../launch-config.ts";
import { metricsOf } from "./alerts/metrics-schema.ts";
import { readNotify } from "./alerts/read-notify.ts";
import { readUnit } from "./read-unit.ts";
import { readVenues } from "./read-venues.ts";
import { type FileContent, fileVersion } from "./schema.ts";
import { logLimitsOf } from "./sections/logs-schema.ts";
import { switchingOf } from "./switch-schema.ts";
import type { YamlFile } from "./yaml/yaml-file.ts";

// Three operators, so that one may be down and two still agree.
const defaultWitnesses = [
  "https://api.ipify.org?format=json",
  "https://icanhazip.com",
  "https://ipinfo.io/json",
];

/** A launch.yaml, checked; `yaml` tells where each value stands. */
export interface ConfigFile {
  readonly yaml: YamlFile;
  readonly database: NonNullable<FileContent["database"]>;
  readonly choices: FileChoices;
}

/** What holds without a launch.yaml. */
export function withoutFile(): ConfigFile {
  const nowhere = () => "launch.yaml:1:1";
  const yaml = {
    path: "launch.yaml",
    value: {},
    locate: nowhere,
    locateKey: nowhere,
    textOf: () => undefined,
  };
  return { yaml, database: {}, choices: choicesOf({ version: fileVersion }, yaml, () => []) };
}

// YAML 1.1 reads `off` as false, 1.2 as a word.
function isOn(word: "on" | "off" | boolean): boolean {
  return word === true || word === "on";
}

/** What the file decides; `entriesOf` reads a file of `venue_files`, by its whole path. */
export function choicesOf(
  content: FileContent,
  yaml: YamlFile,
  entriesOf: (path: string) => readonly VenueEntry[],
): FileChoices {
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
    relay: { isWarm: content.relay?.warm === 1 },
    lease: { ttlMs: parseDuration(content.lease?.ttl ?? "") ?? leaseTtl.usualMs },
    history: { keepDays: Number.parseInt(content.history?.keep ?? "90d", 10) },
    evidence: { keepDays: Number.parseInt(content.evidence?.keep ?? "30d", 10) },
    switching: switchingOf(content.switch ?? {}),
    logs: logLimitsOf(content.logs ?? {}),
    selection: { order: content.selection?.order ?? "continuity" },
    notify: content.notify && readNotify(content.notify, yaml.path),
    metrics: metricsOf(content.metrics),
    ...readVenues(content, yaml, entriesOf),
    defaults: content.defaults ? readUnit(content.defaults, yaml, ["defaults"]) : emptyEntry,
    bots: units("bots"),
    collectors: units("collectors"),
  };
}
