import { childEnvironment } from "../policy/child-environment.ts";
import type { Relay } from "../ports/relay.ts";
import type { SpawnPlan } from "../ports/spawner.ts";
import type { BotRunnerSettings, RunnerSettings } from "./runner-settings.ts";

/** What leads a bot's process to its relay and to its launcher. */
export interface ChildLinks {
  readonly relay: Relay;
  readonly token: string;
  readonly botSocket: string;
}

/** How the child is started: its whole environment, its tier, its log; a collector has no links. */
export function childPlan(settings: RunnerSettings, links: ChildLinks | undefined): SpawnPlan {
  const { unit, runId, operatorEnv: operator, storeUrlVariable } = settings;
  const isBot = "account" in settings;
  const env = childEnvironment({
    operator,
    unit,
    runId,
    relayUrl: isBot && links !== undefined ? relayUrl(settings, links) : undefined,
    botSocket: links?.botSocket,
    preloads: isBot ? preloadsOf(settings) : [],
    storeUrlVariable,
  });
  const { command, cwd, tty, logFile } = unit;
  const tier = isBot && links !== undefined ? tierPlan(settings, links) : ({ tier: "direct" } as const);
  return { runId, command, cwd, env, tty, logFile, tier };
}

// In the kernel tier no variable is needed, and the run token is not set at all (docs/architecture.md, The child's environment).
function relayUrl({ tier }: BotRunnerSettings, { relay, token }: ChildLinks): string | undefined {
  return tier === "kernel" ? undefined : `http://launch:${token}@${relay.host}:${relay.port}`;
}

function preloadsOf({ tier, isNode, preloads }: BotRunnerSettings): readonly string[] {
  if (tier === "preload") return [preloads.tunnel, preloads.observe];
  return isNode ? [preloads.observe] : [];
}

function tierPlan({ unit, tier }: BotRunnerSettings, { relay, botSocket }: ChildLinks): SpawnPlan["tier"] {
  if (tier !== "kernel") return { tier };
  const { local, publish, runAs } = unit;
  const ports = unit.ports.map(Number);
  return { tier, ports, local, publish, runAs, botSocket, onListener: (listener) => relay.attach(listener) };
}
