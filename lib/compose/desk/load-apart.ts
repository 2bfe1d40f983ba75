import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { isatty } from "node:tty";
import type { FileSettings } from "../../config/file/settings.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { assembleConfig } from "../../config/load/assemble-config.ts";
import { packageRoot, programBuild } from "../../config/package-root.ts";
import { plainSettings } from "../../config/read/plain-settings.ts";
import { findConfigFile } from "../../config/sources/locations.ts";
import type { ConfigFlags } from "../../config/sources/sourced.ts";
import { currentSurroundings, plainEnvironment } from "../../config/sources/surroundings.ts";
import { ConfigError, InternalError, ProcessError } from "../../errors.ts";
import type { Told } from "./config-reader.ts";

/**
 * Does what `loadConfig` does, but has what is not written plainly in launch.yaml read by a process of its own, so that this one, which
 * stays, keeps neither the libraries for it nor their memory. Rejects with ConfigError as that does, and when the time is up.
 */
export async function loadApart(flags: ConfigFlags, withinMs?: number): Promise<LaunchConfig> {
  const surroundings = currentSurroundings();
  const found = findConfigFile(flags, surroundings);
  const file = plainSettings(found?.path) ?? (await readApart(found?.path, withinMs));
  return assembleConfig(file, { found, flags, surroundings });
}

async function readApart(path: string | undefined, withinMs: number | undefined): Promise<FileSettings> {
  const child = fork(join(packageRoot(), "bin/read-config.js"), path ? [path] : [], {
    env: plainEnvironment(),
    execArgv: [],
    // Whoever names /dev/stdin means this program's; a terminal's settings are no business of a process that ends while this one goes on.
    stdio: [isatty(0) ? "ignore" : "inherit", "ignore", "pipe", "ipc"],
    serialization: "advanced",
    timeout: withinMs,
  });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const first = Promise.race([once(child, "message"), once(child, "close")]);
  const [told] = (await first.catch(notStarted)) as [Told | number | null];
  if (typeof told !== "object" || told === null) {
    if (child.killed) throw tooLate(path, withinMs);
    const why = said === "" ? "" : `: ${said.trim()}`;
    const how = `ended with ${told ?? child.signalCode}${why}`;
    throw new InternalError("config-reader", `The process that reads launch.yaml ${how}`);
  }
  // What another build means by its settings, this one cannot know.
  if (told.build !== programBuild()) throw upgraded(path);
  if ("settings" in told) return told.settings;
  const { stack, message, ...refused } = told.refused;
  throw Object.assign(new ConfigError(refused.code, message, refused), { stack });
}

function notStarted(cause: unknown): never {
  const what = "The process that reads launch.yaml could not be started";
  throw new ProcessError("LAUNCH_SPAWN_FAILED", `${what}: ${String(cause)}.`, { cause });
}

function upgraded(path = "launch.yaml"): ConfigError {
  const what = `${path} was not read: Slipway was upgraded since this launcher started`;
  const remedy = "`launch up -d --replace` hands its bots and collectors to the new program";
  return new ConfigError("LAUNCH_CONFIG_INVALID", `${what}; ${remedy}.`);
}

function tooLate(path = "launch.yaml", withinMs = 0): ConfigError {
  return new ConfigError("LAUNCH_CONFIG_INVALID", `${path} could not be read within ${withinMs / 1_000} s.`);
}
