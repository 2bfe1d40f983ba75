import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { writeGeneratedFile } from "../adapters/host-files/generated-file.ts";
import { type HostedUnit, pm2Ecosystem } from "../adapters/hosts/pm2-ecosystem.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import { builtInDefaults } from "../config/load/built-in-defaults.ts";
import { packageRoot } from "../config/package-root.ts";
import { didYouMean } from "../domain/nearest-name.ts";
import { UsageError } from "../errors.ts";

/** What was generated: the text, and the file that now holds it when one was asked for. */
export interface GeneratedFile {
  readonly file: string | undefined;
  readonly text: string;
  readonly units: readonly HostedUnit[];
}

/** Makes pm2's ecosystem file for the named units of launch.yaml, or for all of them. */
export async function generatePm2(
  config: LaunchConfig,
  names: readonly string[],
  out: string | undefined,
): Promise<GeneratedFile> {
  const units = chosenUnits(config, names);
  const file = out === undefined ? undefined : resolve(config.cwd, out);
  const root = packageRoot();
  const place = {
    templates: join(root, "templates"),
    program: join(root, "bin", "launch"),
    node: process.execPath,
    cwd: config.file === undefined ? config.cwd : dirname(config.file),
    // From the user database: $HOME is the shell's word.
    homeFolder: userInfo().homedir,
    logFolder: join(config.stateFolder, "logs"),
    flags: sameConfiguration(config),
  };
  const text = pm2Ecosystem(units, place, file ?? "ecosystem.config.cjs");
  if (file !== undefined) await writeGeneratedFile(file, text);
  return { file, text, units };
}

function chosenUnits(config: LaunchConfig, names: readonly string[]): readonly HostedUnit[] {
  const all = (["bot", "collector"] as const).flatMap((kind) =>
    Object.entries(kind === "bot" ? config.bots : config.collectors).map(([name, entry]) => ({
      kind,
      name,
      graceMs: entry.stop.graceMs ?? config.defaults.stop.graceMs ?? builtInDefaults.stop.graceMs,
    })),
  );
  for (const name of names) {
    if (!all.some((unit) => unit.name === name))
      throw unknownUnit(
        config,
        name,
        all.map((unit) => unit.name),
      );
  }
  const chosen = names.length === 0 ? all : all.filter((unit) => names.includes(unit.name));
  if (chosen.length > 0) return chosen;
  throw new UsageError(
    "LAUNCH_UNKNOWN_UNIT",
    `${config.file ?? "No launch.yaml"} names no bot or collector.`,
    {
      hint: "Add them under bots: and collectors: in launch.yaml; `launch init` creates a first launch.yaml.",
    },
  );
}

function unknownUnit(config: LaunchConfig, name: string, known: readonly string[]): UsageError {
  const where = config.file ?? "No launch.yaml was found, and nothing else";
  return new UsageError(
    "LAUNCH_UNKNOWN_UNIT",
    `${where} names no bot or collector "${name}".${didYouMean(name, known)}`,
    {
      hint: `Add it under bots: in launch.yaml: pm2 runs \`launch bot --account ${name}\`, which reads its command there.`,
    },
  );
}

// pm2 starts with a clean environment: what variables decided here must be said by flags there.
function sameConfiguration(config: LaunchConfig): readonly string[] {
  return [
    ...(config.file === undefined ? [] : ["--config", config.file]),
    ...(config.envFile === undefined ? [] : ["--env-file", config.envFile]),
    "--state-dir",
    config.stateFolder,
    ...(config.keys.kind === "file" ? ["--key-file", config.keys.path] : []),
  ];
}
