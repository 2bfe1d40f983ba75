import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { HostedUnit } from "../../adapters/hosts/host-place.ts";
import { pm2Ecosystem, pm2Launcher } from "../../adapters/hosts/pm2-ecosystem.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { hostPlace } from "./host-place.ts";
import { type EngineFile, engineFile } from "./write-planned.ts";

/** What the file is to hold. */
export interface Pm2Wish {
  readonly units: readonly HostedUnit[];
  /** The names that were given, for one entry that runs all of these; undefined: an entry for each unit. */
  readonly one: readonly string[] | undefined;
  /** A file, or a folder for one of the usual name; undefined: nothing is to be written. */
  readonly out: string | undefined;
}

/** Makes pm2's ecosystem file; the plan is what writing it would do. */
export async function generatePm2(config: LaunchConfig, { units, one, out }: Pm2Wish): Promise<EngineFile> {
  const path = out === undefined ? undefined : fileOf(resolve(config.cwd, out));
  const { keys } = config;
  const same = hostPlace(config);
  const place = {
    ...same,
    flags: [...same.flags, ...(keys.kind === "file" ? ["--key-file", keys.path] : [])],
    // From the user database: $HOME is the shell's word.
    homeFolder: userInfo().homedir,
    logFolder: join(config.stateFolder, "logs"),
  };
  const name = path ?? usualName;
  const text = one === undefined ? pm2Ecosystem(units, place, name) : pm2Launcher(units, one, place, name);
  return await engineFile(name, path, { text, comment: "//", command: "launch generate pm2", mode: 0o600 });
}

const usualName = "ecosystem.config.cjs";

function fileOf(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, usualName) : path;
}
