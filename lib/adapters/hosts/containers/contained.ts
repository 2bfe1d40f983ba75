import type { HostedUnit } from "../host-place.ts";
import { labelOf } from "./label-names.ts";

/** Whether a container lets its bots have networks of their own, or keeps to the engine's usual restrictions. */
export type ContainedTier = "preload" | "kernel";

/** A file that a container is handed when it starts. Generated files name it and never contain it. */
export interface HandedFile {
  /** What the engine keeps it under. */
  readonly name: string;
  /** Where it is on the host that generates. */
  readonly from: string;
  /** Where it is in the container. */
  readonly path: string;
}

/** A bot or collector as a container runs it. */
export interface ContainedUnit extends HostedUnit {
  /** The tier that its launcher is told; undefined where launch.yaml decides. */
  readonly tier: ContainedTier | undefined;
  readonly envFiles: readonly Omit<HandedFile, "name">[];
  readonly memoryLimitBytes: number | undefined;
}

/** What all containers of a file have in common. */
export interface ContainerPlace {
  readonly image: string;
  readonly tier: ContainedTier;
  /** The launch.yaml in the image. */
  readonly config: string;
  /** Without a password; undefined where Slipway keeps the database itself. */
  readonly databaseUrl: string | undefined;
  /** Master keys, and the database's password where it has one. */
  readonly secrets: readonly HandedFile[];
  /** What launchers and bots reach in private networks. */
  readonly privateTargets: readonly { readonly host: string; readonly port: number }[];
}

/** The folders of the image that `launch generate docker` describes, and the user that it runs as. */
export const image = {
  project: "/app",
  program: "/opt/slipway",
  volume: "/var/lib/slipway",
  user: 10_001,
} as const;

/** The files that a launcher of these units is handed for its bots, each once. */
export function handedTo(units: readonly ContainedUnit[]): readonly HandedFile[] {
  const files = units.flatMap(({ envFiles }) => envFiles);
  return files
    .filter(({ path }, at) => files.findIndex((other) => other.path === path) === at)
    .map((file, index) => ({ ...file, name: `env-${index}` }));
}

/** The launcher's own steps around the bot's grace. */
const stopMarginSeconds = 30;

/** How long a launcher of these units may take to stop. */
export function stopSecondsOf(units: readonly HostedUnit[]): number {
  return Math.ceil(Math.max(...units.map(({ graceMs }) => graceMs)) / 1_000) + stopMarginSeconds;
}

/** A launcher as an engine runs it. */
export interface ContainedLauncher {
  readonly name: string;
  readonly words: readonly string[];
  /** What shows that it answers. */
  readonly live: readonly string[];
  readonly units: readonly ContainedUnit[];
}

/** The launcher of one unit, for an engine that starts again whatever ends and takes names of at most `longestName` characters. */
export function launcherFor(unit: ContainedUnit, longestName: number): ContainedLauncher {
  const { kind, name, tier } = unit;
  const prefix = `slipway-${kind}-`;
  const words = kind === "bot" ? ["bot", "--account", name] : ["collector", name];
  const isolation = tier === undefined ? [] : ["--isolation", tier];
  return {
    name: `${prefix}${labelOf(name, longestName - prefix.length)}`,
    words: ["launch", ...words, "--managed", "--stopped", "wait", ...isolation],
    live: ["launch", "check", `${kind}:${name}`, "--live"],
    units: [unit],
  };
}

/** The launcher of many units; `names` are those that it is told of, none means all. */
export function launcherOfAll(units: readonly ContainedUnit[], names: readonly string[]): ContainedLauncher {
  const live = ["launch", "check", "--all", "--live"];
  return { name: "slipway-up", words: ["launch", "up", ...names], live, units };
}

/** What a launcher in a container is told by variables: places, and no secret. */
export function variablesOf(
  { config, databaseUrl }: ContainerPlace,
  credentials: string,
): Readonly<Record<string, string>> {
  return {
    NODE_ENV: "production",
    LAUNCH_CONFIG: config,
    LAUNCH_STATE_DIR: `${image.volume}/state`,
    CREDENTIALS_DIRECTORY: credentials,
    ...(databaseUrl === undefined ? {} : { LAUNCH_DATABASE_URL: databaseUrl }),
  };
}
