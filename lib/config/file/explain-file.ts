import { writeMetricsPlace } from "../../domain/alerts/metrics-place.ts";
import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import { writeTimeOfDay } from "../../domain/reputation/quiet-hours.ts";
import { builtInDefaults } from "../built-in-defaults.ts";
import { writeDuration } from "../duration.ts";
import type { LaunchConfig, Setting, UnitEntry } from "../launch-config.ts";
import type { ConfigFile } from "./choices.ts";
import { shownLogLimits } from "./sections/logs-schema.ts";
import { shownRules } from "./switch-schema.ts";

/** Every value that launch.yaml decides alone, with where it stands, in the order of the file; values that may be secret are named, not told. */
export function explainFile(file: ConfigFile): readonly Setting[] {
  const { network, relay, lease, history, evidence, logs, selection, switching, ...choices } = file.choices;
  const inFile = (name: string, value: string): Setting => {
    const path = name.split(".");
    return { name, value, source: isGiven(file, path) ? file.yaml.locate(path) : "default" };
  };
  const namesOf = (name: string, names: readonly string[], key = name): Setting =>
    names.length === 0 ? inFile(name, "built-in ones alone") : { ...inFile(key, names.join(" ")), name };
  const ownVenues = isGiven(file, ["venue_files"]) ? "venue_files" : "venues";
  return [
    inFile("network.witnesses", network.witnesses.join(" ")),
    inFile("network.direct", onOrOff(network.isDirectAllowed)),
    inFile("network.host_key", network.hostKey ?? "by machine, boot and network namespace"),
    inFile("network.public_ranges", network.publicRanges.join(" ") || "none"),
    inFile("relay.warm", relay.isWarm ? "1" : "0"),
    inFile("lease.ttl", writeDuration(lease.ttlMs)),
    inFile("history.keep", `${history.keepDays}d`),
    inFile("evidence.keep", `${evidence.keepDays}d`),
    inFile("logs", shownLogLimits(logs)),
    inFile("selection.order", selection.order),
    inFile("notify", channelNames(choices.notify) || "nobody"),
    inFile("metrics", choices.metrics ? writeMetricsPlace(choices.metrics) : "none"),
    inFile("network.probes", onOrOff(network.hasProbes)),
    inFile("switch", shownRules(switching).join(" ") || "built-in rules"),
    namesOf(
      "venues",
      choices.venues.map(({ name, venue }) => name ?? venue),
      ownVenues,
    ),
    namesOf(
      "output_rules",
      choices.outputRules.map(({ name }) => name),
    ),
    ...defaultsOf(choices.defaults, file),
    ...unitsOf("bots", choices.bots, file),
    ...unitsOf("collectors", choices.collectors, file),
  ];
}

function channelNames(notify: LaunchConfig["notify"]): string {
  const { channels = [], pings = [] } = notify ?? {};
  const pinged = pings.map(({ name }) => `${name} (ping)`);
  return [...channels.map(({ name, kind }) => `${name} (${kind})`), ...pinged].join(" ");
}

function isGiven({ yaml }: ConfigFile, path: readonly string[]): boolean {
  const value = path.reduce<unknown>(
    (at, key) => (at as Readonly<Record<string, unknown>> | undefined)?.[key],
    yaml.value,
  );
  return value !== undefined;
}

function onOrOff(isOn: boolean): string {
  return isOn ? "on" : "off";
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

function defaultsOf(defaults: UnitEntry, file: ConfigFile): readonly Setting[] {
  const builtIn = new Map(written(builtInDefaults).map(([path, value]) => [path.join("."), value]));
  return written(defaults).flatMap(([path, value]) => {
    const name = path.join(".");
    const shown = value ?? builtIn.get(name);
    if (shown === undefined) return [];
    const source = value === undefined ? "default" : file.yaml.locate(["defaults", ...path]);
    return [{ name: `defaults.${name}`, value: shown, source }];
  });
}

function unitsOf(
  kind: "bots" | "collectors",
  units: Readonly<Record<string, UnitEntry>>,
  file: ConfigFile,
): readonly Setting[] {
  return Object.entries(units).flatMap(([name, entry]) =>
    written(entry).flatMap(([path, value]) =>
      value === undefined
        ? []
        : [{ name: [kind, name, ...path].join("."), value, source: file.yaml.locate([kind, name, ...path]) }],
    ),
  );
}
