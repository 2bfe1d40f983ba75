import { join } from "node:path";
import type { UnitCare } from "../../domain/desk/unit-care.ts";
import { parseName } from "../../domain/ids.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import { formatAuthority } from "../../domain/proxy/proxy-endpoint.ts";
import { parseLocal } from "../../domain/run/reach/bypass.ts";
import { parsePortList } from "../../domain/run/reach/port-list.ts";
import type { Bot, Collector, HeartbeatSettings, ProcessSettings } from "../../domain/run/unit.ts";
import { fitsPattern, isNamePattern } from "../../domain/text/name-pattern.ts";
import { UsageError } from "../../errors.ts";
import { builtInDefaults } from "../built-in-defaults.ts";
import { splitCommand } from "../command-words.ts";
import { emptyEntry, type LaunchConfig, type UnitEntry } from "../launch-config.ts";
import { parseEnvFile } from "../sources/env-file.ts";

/** What the command line wishes over launch.yaml; undefined leaves it as it is, and so does a command without words. */
export type UnitWishes = Partial<Omit<UnitEntry, "stop">> & { readonly graceMs?: number | undefined };

/** The bot of an account as it is to run here; throws UsageError LAUNCH_UNKNOWN_UNIT when nothing gives its command. */
export function botFrom(config: LaunchConfig, accountName: string, wishes: UnitWishes = {}): Bot {
  parseName(accountName, "the name of an account");
  const layers = layersOf(config, botEntry(config, accountName), wishes);
  return {
    kind: "bot",
    name: accountName,
    ...processFrom(config, { kind: "bot", name: accountName, layers, wishes }),
    isolation: first(layers, "isolation") ?? builtInDefaults.isolation,
    runtime: first(layers, "runtime"),
    observe: first(layers, "observe") ?? builtInDefaults.observe,
    heartbeat: heartbeatFrom(layers),
    onFailover: first(layers, "onFailover") ?? builtInDefaults.onFailover,
    onNoProxy: first(layers, "onNoProxy") ?? builtInDefaults.onNoProxy,
    preSwitch: first(layers, "preSwitch"),
    onLost: first(layers, "onLost"),
    pinExit: first(layers, "pinExit") ?? builtInDefaults.pinExit,
    outputPatterns: first(layers, "outputPatterns") ?? builtInDefaults.outputPatterns,
    tmp: first(layers, "tmp") ?? builtInDefaults.tmp,
    local: (first(layers, "local") ?? []).map(wholeLocal),
    publish: first(layers, "publish") ?? [],
    ports: [...(first(layers.slice(1), "ports") ?? []), ...flagPorts(wishes.ports ?? [])],
    runAs: first(layers, "runAs"),
  };
}

/** The collector of this name as it is to run here; throws as `botFrom`. */
export function collectorFrom(config: LaunchConfig, name: string, wishes: UnitWishes = {}): Collector {
  parseName(name, "the name of a collector");
  const layers = layersOf(config, entryOf(config.collectors, name), wishes);
  return {
    kind: "collector",
    name,
    ...processFrom(config, { kind: "collector", name, layers, wishes }),
    instances: first(layers, "instances") ?? builtInDefaults.instances,
  };
}

/** How a launcher is to care for a unit, as launch.yaml says. */
export function careFor(
  config: LaunchConfig,
  { kind, name }: Pick<Bot | Collector, "kind" | "name">,
): UnitCare {
  const { defaults, collectors } = config;
  const entry = kind === "bot" ? botEntry(config, name) : entryOf(collectors, name);
  return {
    after: entry?.after ?? [],
    ready: entry?.ready ?? defaults.ready,
    restartAt: entry?.restartAt ?? defaults.restartAt,
  };
}

/** Strongest first: the command line, the unit's own entry, `defaults`. */
type Layers = readonly [UnitEntry, UnitEntry, UnitEntry];

interface Wanted {
  readonly kind: "bot" | "collector";
  readonly name: string;
  readonly layers: Layers;
  readonly wishes: UnitWishes;
}

/** What launch.yaml says of an account's bot: its own entry, else the first pattern that its name fits. */
export function botEntry({ bots }: LaunchConfig, name: string): UnitEntry | undefined {
  const own = entryOf(bots, name);
  const entry =
    own ?? Object.entries(bots).find(([key]) => isNamePattern(key) && fitsPattern(name, key))?.[1];
  return entry && forAccount(entry, name);
}

// A function, since "$&" in a name would be a pattern of replaceAll's own.
function forAccount(entry: UnitEntry, name: string): UnitEntry {
  const fill = (text: string): string => text.replaceAll("{account}", () => name);
  return {
    ...entry,
    command: entry.command?.map(fill),
    cwd: entry.cwd && fill(entry.cwd),
    env: Object.fromEntries(Object.entries(entry.env).map(([key, value]) => [key, fill(value)])),
    envFiles: entry.envFiles.map(fill),
    preSwitch: entry.preSwitch?.map(fill),
    onLost: entry.onLost?.map(fill),
    logFile: entry.logFile && fill(entry.logFile),
  };
}

// An account may be called "constructor".
function entryOf(units: LaunchConfig["bots"], name: string): UnitEntry | undefined {
  return Object.hasOwn(units, name) ? units[name] : undefined;
}

function layersOf(config: LaunchConfig, entry: UnitEntry | undefined, wishes: UnitWishes): Layers {
  const { command, graceMs, ...plain } = wishes;
  const flags: UnitEntry = {
    ...emptyEntry,
    ...plain,
    command: command?.length ? command : undefined,
    stop: graceMs === undefined ? {} : { graceMs },
  };
  return [flags, entry ?? emptyEntry, config.defaults];
}

function heartbeatFrom([flags, entry, defaults]: Layers): HeartbeatSettings {
  return { ...builtInDefaults.heartbeat, ...defaults.heartbeat, ...entry.heartbeat, ...flags.heartbeat };
}

function processFrom(config: LaunchConfig, wanted: Wanted): ProcessSettings {
  const { layers, kind, name } = wanted;
  const [flags, entry, defaults] = layers;
  const command = first(layers, "command");
  if (command === undefined) throw unknownUnit(config, kind, name);
  const tty = first(layers, "tty") ?? builtInDefaults.tty;
  const folder = config.file === undefined ? config.cwd : join(config.file, "..");
  return {
    command,
    // A command typed after `--` means the paths of whoever typed it.
    cwd: entry.cwd ?? defaults.cwd ?? (flags.command ? config.cwd : folder),
    env: { ...environmentOf(defaults), ...environmentOf(entry) },
    passEnv: [...new Set([...defaults.passEnv, ...entry.passEnv])],
    tty,
    restart: first(layers, "restart") ?? builtInDefaults.restart,
    stop: { ...builtInDefaults.stop, ...defaults.stop, ...entry.stop, ...flags.stop },
    memoryLimitBytes: entry.memoryLimitBytes ?? defaults.memoryLimitBytes,
    logFile: tty ? undefined : (entry.logFile ?? usualLogFile(config, kind, name)),
  };
}

function first<Key extends keyof UnitEntry>(
  layers: readonly UnitEntry[],
  key: Key,
): UnitEntry[Key] | undefined {
  return layers.find((layer) => layer[key] !== undefined)?.[key];
}

// A port alone means this host's; the relay wants it written out.
function wholeLocal(entry: string): string {
  const target = parseLocal(entry);
  return target === undefined ? entry : formatAuthority(target.host, target.port);
}

/** Where the log of a bot or collector is, whether or not launch.yaml names it. */
export function logFileOf(config: LaunchConfig, kind: "bot" | "collector", name: string): string {
  const entry = kind === "bot" ? botEntry(config, name) : entryOf(config.collectors, name);
  return entry?.logFile ?? usualLogFile(config, kind, name);
}

function usualLogFile({ stateFolder }: LaunchConfig, kind: "bot" | "collector", name: string): string {
  return join(logFolderOf({ stateFolder }), `${kind}-${name}.log`);
}

/** Where logs are that launch.yaml gives no other place. */
export function logFolderOf({ stateFolder }: Pick<LaunchConfig, "stateFolder">): string {
  return join(stateFolder, "logs");
}

/** The words of a command that a flag gives as one text. */
export function commandFlag(flag: string, text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const split = splitCommand(text);
  if (split.kind === "words") return split.words;
  throw new UsageError("LAUNCH_INVALID_VALUE", `${flag} ${split.why}.`, {
    hint: `Quote the words that belong together: ${flag} "node cancel.js --all".`,
  });
}

// Beside those of the file: a diagnosis says `--ports 9000`, and that must not take others away.
function flagPorts(entries: readonly string[]): readonly string[] {
  const list = parsePortList(entries);
  if (list.kind === "ports") return entries;
  throw new UsageError("LAUNCH_INVALID_VALUE", `--ports: ${list.why}.`, {
    hint: "Name single ports and ranges, such as `--ports 9000 --ports 7000-7010`.",
  });
}

function environmentOf(entry: UnitEntry): Readonly<Record<string, string>> {
  return Object.assign({}, ...entry.envFiles.map((path) => parseEnvFile(path)), entry.env);
}

function unknownUnit(config: LaunchConfig, kind: "bot" | "collector", name: string): UsageError {
  const units = kind === "bot" ? config.bots : config.collectors;
  const known = Object.hasOwn(units, name);
  const lacks =
    config.file === undefined
      ? `no launch.yaml was found that could name a ${kind} "${name}"`
      : `${config.file} names no ${kind} "${name}"`;
  const message = known
    ? `${kind} "${name}" of ${config.file} has no command, and none was given after --.`
    : `${lacks}, and no command was given after --.${didYouMean(name, Object.keys(units))}`;
  const flag = kind === "bot" ? `bot --account ${name}` : `collector ${name}`;
  return new UsageError("LAUNCH_UNKNOWN_UNIT", sentence(message), {
    hint: `Add it under ${kind}s: in launch.yaml, or run \`launch ${flag} -- node bot.js\`.`,
  });
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
