import type { Tier } from "../../domain/run/tier.ts";
import type { Bot, Runtime } from "../../domain/run/unit.ts";
import { ConfigError, ProcessError } from "../../errors.ts";
import type { Journal } from "../../ports/journal.ts";
import type { CommandNature, KernelTry, Spawner } from "../../ports/spawner.ts";

export interface ChosenTier {
  readonly tier: Tier;
  readonly runtime: Runtime | undefined;
}

export interface TierPorts {
  readonly spawner: Pick<Spawner, "inspect">;
  readonly tryKernel: () => Promise<KernelTry>;
  readonly journal: Journal;
}

/** Takes the tier that was asked for, or the strongest that works here; never one below `preload` unless it was asked for by name. */
export async function chooseTier(
  ports: TierPorts,
  bot: Bot,
  searchPath: string | undefined,
): Promise<ChosenTier> {
  const chosen = await chooseFor(ports, bot, searchPath);
  for (const [name, command] of [
    ["pre_switch", bot.preSwitch],
    ["on_lost", bot.onLost],
  ] as const)
    if (command !== undefined)
      requireEnclosed(chosen, bot, {
        name,
        command,
        nature: await ports.spawner.inspect(command, bot.cwd, searchPath),
      });
  return chosen;
}

async function chooseFor(ports: TierPorts, bot: Bot, searchPath: string | undefined): Promise<ChosenTier> {
  const nature = await ports.spawner.inspect(bot.command, bot.cwd, searchPath);
  if (nature.kind === "missing") {
    const hint = "Correct `command` in launch.yaml, or the words after `--`.";
    throw new ProcessError(
      "LAUNCH_SPAWN_FAILED",
      `The command of "${bot.name}" was not found: ${nature.why}`,
      { hint },
    );
  }
  const runtime = bot.runtime ?? (nature.kind === "other" ? undefined : nature.kind);
  if (bot.isolation === "env") return { tier: "env", runtime };
  if (bot.isolation === "preload") return { tier: requirePreload(bot, nature, runtime === "node"), runtime };
  const kernel = await ports.tryKernel();
  if (kernel.kind === "works") return { tier: "kernel", runtime };
  if (bot.isolation === "kernel") {
    throw new ConfigError("LAUNCH_TIER_UNAVAILABLE", `The kernel tier does not work here: ${kernel.why}`, {
      hint: kernel.hint,
    });
  }
  if (runtime !== "node") throw noTier(bot, nature, kernel);
  const text = `uses the preload tier, because the kernel tier does not work here: ${kernel.why}`;
  ports.journal.say({ level: "info", unit: bot.name, text });
  return { tier: "preload", runtime };
}

// A hook that was found missing, or free to go direct, only at a switch would be found too late.
function requireEnclosed(
  { tier }: ChosenTier,
  bot: Bot,
  hook: { readonly name: string; readonly command: readonly string[]; readonly nature: CommandNature },
): void {
  const { name, nature } = hook;
  if (nature.kind === "missing") {
    const message = `The ${name} command of "${bot.name}" was not found: ${nature.why}`;
    throw new ProcessError("LAUNCH_SPAWN_FAILED", message, {
      hint: `Correct \`${name}\` in launch.yaml, or its flag.`,
    });
  }
  if (tier !== "preload" || nature.kind === "node") return;
  throw new ConfigError(
    "LAUNCH_TIER_UNAVAILABLE",
    `The preload tier cannot keep the ${name} command of "${bot.name}" on its proxy: ${nature.executable} is no Node program.`,
    { hint: "Give a Node program as the hook, or use the kernel tier." },
  );
}

function requirePreload(bot: Bot, nature: CommandNature, isNode: boolean): "preload" {
  if (isNode) return "preload";
  const program = nature.kind === "missing" ? bot.command[0] : nature.executable;
  throw new ConfigError(
    "LAUNCH_TIER_UNAVAILABLE",
    `The preload tier of "${bot.name}" needs a Node program, but ${program} is not one.`,
    {
      hint: "Give the Node program itself as command, set `runtime: node` for a wrapper that starts it, or use `--isolation auto`.",
    },
  );
}

function noTier(
  bot: Bot,
  nature: CommandNature,
  kernel: { readonly why: string; readonly hint: string },
): ConfigError {
  const program = nature.kind === "missing" ? bot.command[0] : nature.executable;
  return new ConfigError(
    "LAUNCH_TIER_UNAVAILABLE",
    `No tier works for "${bot.name}" (${program}): it is not a Node program, and the kernel tier does not work here: ${kernel.why}`,
    { hint: `${kernel.hint} Or accept the risk: \`--isolation env\` (not enforced).` },
  );
}
