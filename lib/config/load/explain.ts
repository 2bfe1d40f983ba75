import { writeMetricsPlace } from "../../domain/alerts/metrics-place.ts";
import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import { writeTimeOfDay } from "../../domain/reputation/quiet-hours.ts";
import { writeDuration } from "../duration.ts";
import type { FileSettings } from "../file/read-file.ts";
import { shownLogLimits } from "../file/sections/logs-schema.ts";
import { shownRules } from "../file/switch-schema.ts";
import type { LaunchConfig, Setting, UnitEntry } from "../launch-config.ts";
import { builtInDefaults } from "./built-in-defaults.ts";

/** Where the values that no line of launch.yaml decides alone come from. */
export interface Sources {
  readonly file: string;
  readonly envFile: string;
  readonly stateFolder: string;
  readonly keys: string;
  readonly database: string;
  readonly schema: string;
}

/** Every value with its source, in the order of the file; values that may be secret are named, not told. */
export function explainSettings(
  config: Omit<LaunchConfig, "settings">,
  file: FileSettings | undefined,
  sources: Sources,
): readonly Setting[] {
  const { envFile, database, network, switching } = config;
  const inFile = (name: string, value: string): Setting => {
    const path = name.split(".");
    return { name, value, source: file && isGiven(file, path) ? file.yaml.locate(path) : "default" };
  };
  const namesOf = (name: string, names: readonly string[], key = name): Setting =>
    names.length === 0 ? inFile(name, "built-in ones alone") : { ...inFile(key, names.join(" ")), name };
  const ownVenues = file && isGiven(file, ["venue_files"]) ? "venue_files" : "venues";
  return [
    { name: "file", value: config.file ?? "none", source: sources.file },
    { name: "env_file", value: envFile ?? "none", source: envFile ? sources.envFile : "none found" },
    { name: "state folder", value: config.stateFolder, source: sources.stateFolder },
    { name: "keys", value: showKeys(config.keys), source: sources.keys },
    { name: "database", value: showDatabase(database), source: sources.database },
    { name: "database.schema", value: database.schema, source: sources.schema },
    inFile("network.witnesses", network.witnesses.join(" ")),
    inFile("network.direct", onOrOff(network.isDirectAllowed)),
    inFile("network.host_key", network.hostKey ?? "by machine, boot and network namespace"),
    inFile("network.public_ranges", network.publicRanges.join(" ") || "none"),
    inFile("history.keep", `${config.history.keepDays}d`),
    inFile("evidence.keep", `${config.evidence.keepDays}d`),
    inFile("logs", shownLogLimits(config.logs)),
    inFile("selection.order", config.selection.order),
    inFile("notify", channelNames(config.notify) || "nobody"),
    inFile("metrics", config.metrics ? writeMetricsPlace(config.metrics) : "none"),
    inFile("network.probes", onOrOff(network.hasProbes)),
    inFile("switch", shownRules(switching).join(" ") || "built-in rules"),
    namesOf(
      "venues",
      config.venues.map(({ name, venue }) => name ?? venue),
      ownVenues,
    ),
    namesOf(
      "output_rules",
      config.outputRules.map(({ name }) => name),
    ),
    ...defaultsOf(config.defaults, file),
    ...unitsOf("bots", config.bots, file),
    ...unitsOf("collectors", config.collectors, file),
  ];
}

function channelNames(notify: LaunchConfig["notify"]): string {
  const { channels = [], pings = [] } = notify ?? {};
  const pinged = pings.map(({ name }) => `${name} (ping)`);
  return [...channels.map(({ name, kind }) => `${name} (${kind})`), ...pinged].join(" ");
}

function isGiven({ yaml }: FileSettings, path: readonly string[]): boolean {
  const value = path.reduce<unknown>(
    (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
    yaml.value,
  );
  return value !== undefined;
}

function onOrOff(isOn: boolean): string {
  return isOn ? "on" : "off";
}

function showKeys(keys: LaunchConfig["keys"]): string {
  return keys.kind === "variable" ? "given in the environment" : keys.path;
}

function showDatabase(database: LaunchConfig["database"]): string {
  return database.kind === "embedded" ? "embedded" : database.shown;
}

/** The keys of an entry as the file writes them, with their value as text. */
function written(
  entry: UnitEntry,
): readonly (readonly [path: readonly string[], value: string | undefined])[] {
  return [
    [["command"], commandText(entry.command)],
    [["cwd"], entry.cwd],
    // Values of variables may be keys of the exchange: only the names are told.
    [["env"], Object.keys(entry.env).join(" ") || undefined],
    [["env_file"], entry.envFiles.join(" ") || undefined],
    [["pass_env"], entry.passEnv.join(" ") || undefined],
    [["isolation"], entry.isolation],
    [["runtime"], entry.runtime],
    [["observe"], entry.observe?.toString()],
    [["heartbeat", "lost_after"], durationText(entry.heartbeat.lostAfterMs)],
    [["heartbeat", "loop"], durationText(entry.heartbeat.loopMs)],
    [["run_as"], entry.runAs],
    [["tmp"], entry.tmp],
    [["ports"], entry.ports?.join(" ")],
    [["local"], entry.local?.join(" ")],
    [["publish"], entry.publish?.join(" ")],
    [["tty"], entry.tty?.toString()],
    [["restart"], entry.restart],
    [["stop", "signal"], entry.stop.signal],
    [["stop", "grace"], durationText(entry.stop.graceMs)],
    [["on_failover"], entry.onFailover],
    [["on_no_proxy"], entry.onNoProxy],
    [["pre_switch"], commandText(entry.preSwitch)],
    [["on_lost"], commandText(entry.onLost)],
    [["pin_exit"], entry.pinExit?.toString()],
    [["output_patterns"], entry.outputPatterns?.toString()],
    [["log_file"], entry.logFile],
    [["instances"], entry.instances],
    [["after"], entry.after?.join(" ")],
    [["ready"], entry.ready && shownReady(entry.ready)],
    [
      ["memory_limit"],
      entry.memoryLimitBytes === undefined ? undefined : `${Math.round(entry.memoryLimitBytes / 1e6)}MB`,
    ],
    [["restart_at"], entry.restartAt === undefined ? undefined : writeTimeOfDay(entry.restartAt)],
  ];
}

function shownReady({ way, withinMs }: ReadyProbe): string {
  const what = way.kind === "exec" ? commandText(way.command) : way.kind === "http" ? way.url : way.pattern;
  return `${way.kind} ${what} within ${writeDuration(withinMs)}`;
}

function durationText(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : writeDuration(ms);
}

function commandText(words: readonly string[] | undefined): string | undefined {
  return words?.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(" ");
}

function defaultsOf(defaults: UnitEntry, file: FileSettings | undefined): readonly Setting[] {
  const builtIn = new Map(written(builtInDefaults).map(([path, value]) => [path.join("."), value]));
  return written(defaults).flatMap(([path, value]) => {
    const name = path.join(".");
    const shown = value ?? builtIn.get(name);
    if (shown === undefined) return [];
    const source = value === undefined || !file ? "default" : file.yaml.locate(["defaults", ...path]);
    return [{ name: `defaults.${name}`, value: shown, source }];
  });
}

function unitsOf(
  kind: "bots" | "collectors",
  units: Readonly<Record<string, UnitEntry>>,
  file: FileSettings | undefined,
): readonly Setting[] {
  return Object.entries(units).flatMap(([name, entry]) =>
    written(entry).flatMap(([path, value]) =>
      value === undefined || !file
        ? []
        : [{ name: [kind, name, ...path].join("."), value, source: file.yaml.locate([kind, name, ...path]) }],
    ),
  );
}
