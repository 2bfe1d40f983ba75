import type { ContainedTier, ContainedUnit } from "../../../adapters/hosts/containers/contained.ts";
import { inspectCommand } from "../../../adapters/spawner/program/inspect-command.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { botEntry } from "../../../config/load/units.ts";
import { operatorEnvironment } from "../../../config/sources/surroundings.ts";
import type { DeclaredUnit } from "../../../domain/desk/unit-care.ts";
import type { Bot } from "../../../domain/run/unit.ts";
import { UsageError } from "../../../errors.ts";
import type { HostedUnits } from "../host-place.ts";
import { placeInImage } from "./container-place.ts";

/** The units as containers run them; throws UsageError LAUNCH_INVALID_VALUE where the tier cannot keep one on its proxy. */
export async function containedUnits(
  config: LaunchConfig,
  { units }: Pick<HostedUnits, "units">,
  { tier, command }: { readonly tier: ContainedTier; readonly command: string },
): Promise<readonly ContainedUnit[]> {
  for (const { declared } of units)
    if (declared.unit.kind === "bot" && tier === "preload") await requireNode(declared.unit, command);
  return units.map(({ declared, kind, name, graceMs }) => ({
    kind,
    name,
    graceMs,
    tier: declared.unit.kind === "bot" && declared.unit.isolation === "auto" ? tier : undefined,
    envFiles: envFilesOf(config, declared),
    memoryLimitBytes: declared.unit.memoryLimitBytes,
  }));
}

/** What is said of bots that launch.yaml itself leaves unenforced. */
export function unenforced({ units }: Pick<HostedUnits, "units">): readonly string[] {
  return units.flatMap(({ declared: { unit } }) =>
    unit.kind === "bot" && unit.isolation === "env"
      ? [`${unit.name} has \`isolation: env\`, which enforces nothing.`]
      : [],
  );
}

async function requireNode(bot: Bot, command: string): Promise<void> {
  if (bot.isolation === "env") return;
  const remedy = `Type \`${command} --tier kernel\`, which lets bots have networks of their own. A wrapper that starts Node may say \`runtime: node\` in launch.yaml.`;
  const refused = (why: string) =>
    new UsageError(
      "LAUNCH_INVALID_VALUE",
      `With --tier preload nothing would keep ${bot.name} on its proxy: ${why}.`,
      { hint: remedy },
    );
  if (bot.isolation === "kernel") throw refused("launch.yaml says `isolation: kernel` for it");
  const commands = [
    { what: "its command", words: bot.command, isNode: bot.runtime === "node" },
    { what: "its pre_switch", words: bot.preSwitch, isNode: false },
    { what: "its on_lost", words: bot.onLost, isNode: false },
  ];
  for (const { what, words, isNode } of commands)
    if (words !== undefined && !isNode && !(await isNodeProgram(words, bot.cwd)))
      throw refused(`${what} \`${words[0]}\` is not known to be a Node program`);
}

// The program need not be on this host: then its name decides.
async function isNodeProgram(words: readonly string[], cwd: string): Promise<boolean> {
  const nature = await inspectCommand(words, cwd, operatorEnvironment()["PATH"]);
  return nature.kind === "node" || (nature.kind === "missing" && words[0] === "node");
}

function envFilesOf(config: LaunchConfig, { unit }: DeclaredUnit): ContainedUnit["envFiles"] {
  const { name, kind } = unit;
  const own = kind === "bot" ? botEntry(config, name) : config.collectors[name];
  const files = [...new Set([...config.defaults.envFiles, ...(own?.envFiles ?? [])])];
  return files.map((from) => ({
    from,
    path: placeInImage(config, from, `env_file of ${name}`),
  }));
}
