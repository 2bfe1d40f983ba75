import { dirname, resolve } from "node:path";
import { splitCommand } from "../command-words.ts";
import { parseDuration } from "../duration.ts";
import type { UnitEntry } from "../launch-config.ts";
import { bytesOf, minuteOf, readyProbe } from "./care-schema.ts";
import type { FileUnit } from "./schema.ts";
import type { YamlFile } from "./yaml/yaml-file.ts";

/** Turns what the file says of one bot or collector into an entry. */
export function readUnit(unit: Partial<FileUnit>, file: YamlFile, path: readonly string[]): UnitEntry {
  const folder = dirname(file.path);
  const fromFile = (text: string) => resolve(folder, text);
  const envFiles = typeof unit.env_file === "string" ? [unit.env_file] : (unit.env_file ?? []);
  return {
    command: readCommand(unit.command, (index) => file.textOf([...path, "command", index])),
    cwd: unit.cwd === undefined ? undefined : fromFile(unit.cwd),
    env: readEnv(unit.env ?? {}, (name) => file.textOf([...path, "env", name])),
    envFiles: envFiles.map(fromFile),
    passEnv: unit.pass_env ?? [],
    runtime: unit.runtime,
    observe: unit.observe,
    heartbeat: readHeartbeat(unit.heartbeat ?? {}),
    runAs: unit.run_as,
    isolation: unit.isolation,
    tmp: unit.tmp,
    ports: unit.ports?.map(String),
    local: unit.local?.map(String),
    publish: unit.publish?.map(String),
    tty: unit.tty,
    restart: unit.restart,
    stop: readStop(unit.stop ?? {}),
    onFailover: unit.on_failover,
    onNoProxy: unit.on_no_proxy,
    preSwitch: readCommand(unit.pre_switch, (index) => file.textOf([...path, "pre_switch", index])),
    onLost: readCommand(unit.on_lost, (index) => file.textOf([...path, "on_lost", index])),
    pinExit: unit.pin_exit,
    outputPatterns: unit.output_patterns,
    logFile: unit.log_file === undefined ? undefined : fromFile(unit.log_file),
    instances: unit.instances,
    after: unit.after,
    ready: readyProbe(unit.ready),
    memoryLimitBytes: unit.memory_limit === undefined ? undefined : bytesOf(unit.memory_limit),
    restartAt: unit.restart_at === undefined ? undefined : minuteOf(unit.restart_at),
  };
}

function readCommand(
  command: FileUnit["command"],
  written: (index: number) => string | undefined,
): readonly string[] | undefined {
  if (typeof command !== "string") return command?.map((word, index) => asWritten(word, written(index)));
  const split = splitCommand(command);
  return split.kind === "words" ? split.words : undefined;
}

function readEnv(
  env: NonNullable<FileUnit["env"]>,
  written: (name: string) => string | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, asWritten(value, written(name))]),
  );
}

// YAML reads 1.10 and 0x10 as numbers; a program gets what the operator wrote.
function asWritten(value: string | number | boolean, written: string | undefined): string {
  return typeof value === "string" ? value : (written ?? String(value));
}

function readHeartbeat(heartbeat: NonNullable<FileUnit["heartbeat"]>): UnitEntry["heartbeat"] {
  const { lost_after: lostAfter, loop } = heartbeat;
  return {
    ...(lostAfter === undefined ? {} : { lostAfterMs: parseDuration(lostAfter) }),
    ...(loop === undefined ? {} : { loopMs: parseDuration(loop) }),
  };
}

function readStop(stop: NonNullable<FileUnit["stop"]>): UnitEntry["stop"] {
  const graceMs = stop.grace === undefined ? undefined : parseDuration(stop.grace);
  return {
    ...(stop.signal === undefined ? {} : { signal: stop.signal }),
    ...(graceMs === undefined ? {} : { graceMs }),
  };
}
