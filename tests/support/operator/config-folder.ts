import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { LaunchConfig } from "../../../lib/config/launch-config.ts";
import { loadConfig } from "../../../lib/config/load/load-config.ts";
import type { ConfigFlags } from "../../../lib/config/sources/sourced.ts";

/** A throw-away folder that stands for the operator's machine: `cwd`, `home` and whatever files are written. */
export interface ConfigFolder {
  readonly path: string;
  readonly cwd: string;
  readonly home: string;
  write(name: string, text: string | Uint8Array, mode?: number): string;
  load(flags?: ConfigFlags, env?: Readonly<Record<string, string>>, uid?: number): LaunchConfig;
}

/** Makes the folder for the test that calls it; it is removed when that test ends. */
export function configFolder(): ConfigFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "launch-config-")));
  // Not afterEach at the top: unit tests share this module, and only the first file would register it.
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const cwd = join(path, "work");
  const home = join(path, "home");
  for (const folder of [cwd, home]) mkdirSync(folder);
  return {
    path,
    cwd,
    home,
    write(name, text, mode = 0o644) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      chmodSync(file, mode);
      return file;
    },
    load: (flags = {}, env = {}, uid = 1000) => loadConfig(flags, { env, cwd, uid, homeFolder: home }),
  };
}
