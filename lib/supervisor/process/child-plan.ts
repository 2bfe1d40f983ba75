import { parseLocal, parsePublish } from "../../domain/run/reach/bypass.ts";
import { defaultPorts, parsePortList } from "../../domain/run/reach/port-list.ts";
import type { BotRunnerSettings, RunnerSettings } from "../../domain/run/run-settings.ts";
import type { Bot } from "../../domain/run/unit.ts";
import { ConfigError } from "../../errors.ts";
import { type AheadInput, mayBootAhead } from "../../policy/child/boot-ahead.ts";
import { childEnvironment } from "../../policy/child/child-environment.ts";
import { canBeQuoted, nodeOptions } from "../../policy/child/node-options.ts";
import type { Dial } from "../../ports/exit-witness.ts";
import type { KernelReach } from "../../ports/isolation.ts";
import type { Relay } from "../../ports/relay.ts";
import type { SocketNews, SpawnPlan, StartAhead } from "../../ports/spawner.ts";
import { childVariables } from "../../protocol/environment.ts";
import type { Hook } from "./hook-run.ts";

/** What leads a bot's process to its relay and to its launcher. */
export interface ChildLinks {
  readonly relay: Relay;
  readonly token: string;
  readonly botSocket: string;
  /** Called before the command runs, where a tier can look from inside. */
  readonly proveInside: ((dial: Dial) => Promise<void>) | undefined;
  readonly onSockets?: (news: SocketNews) => void;
}

/** How the child is started: its whole environment, its tier, its log; a collector has no links. A hook is started like its bot, with its own command. */
export function childPlan(
  settings: RunnerSettings,
  links: ChildLinks | undefined,
  hook?: Pick<Hook, "name" | "command" | "why">,
): Omit<SpawnPlan, "output"> {
  const { unit, runId, operatorEnv: operator, storeVariables } = settings;
  const isBot = "accountId" in settings;
  const preloads = isBot ? preloadsOf(settings) : [];
  const env = childEnvironment({
    operator,
    unit,
    runId,
    relayUrl: isBot && links !== undefined ? relayUrl(settings, links) : undefined,
    botSocket: links?.botSocket,
    preloads,
    pythonFolder: isBot ? pythonFolderOf(settings) : undefined,
    storeVariables,
  });
  const { command, cwd, tty, logFile, memoryLimitBytes } = unit;
  const tier = isBot && links !== undefined ? tierPlan(settings, links) : ({ tier: "direct" } as const);
  const sharesLog = unit.kind === "collector" && unit.instances === "many";
  const ahead = startAhead(settings, { command, env, preloads });
  const plan = { runId, command, cwd, env, tty, logFile, sharesLog, tier, ahead, memoryLimitBytes };
  return hook === undefined ? plan : hookPlan(plan, hook);
}

function startAhead({ unit, preloads }: RunnerSettings, child: AheadInput): StartAhead | undefined {
  // Two processes cannot share a terminal.
  if (unit.tty || !mayBootAhead(child)) return undefined;
  if (child.preloads.length > 0) return { nodeOptions: undefined };
  // What needs no preload starts from everywhere.
  return canBeQuoted(preloads.hold) ? { nodeOptions: nodeOptions(undefined, [preloads.hold]) } : undefined;
}

// What its bot publishes is published already; and a terminal has one reader.
function hookPlan(
  plan: Omit<SpawnPlan, "output">,
  { name, command, why }: Pick<Hook, "name" | "command" | "why">,
): Omit<SpawnPlan, "output"> {
  const env = { ...plan.env, [childVariables.hook]: name, [childVariables.hookReason]: why };
  return {
    ...plan,
    command,
    env,
    tty: false,
    isHook: true,
    ahead: undefined,
    tier: { ...plan.tier, publish: [] },
  };
}

// In the kernel tier no variable is needed, and the run token is not set at all (docs/architecture.md, The child's environment).
function relayUrl({ tier }: BotRunnerSettings, { relay, token }: ChildLinks): string | undefined {
  return tier === "kernel" ? undefined : `http://launch:${token}@${relay.host}:${relay.port}`;
}

// In the preload tier the hello is what opens the relay: there the observer stays, and says nothing else where it is turned off.
function preloadsOf({ tier, runtime, unit, preloads }: BotRunnerSettings): readonly string[] {
  if (tier === "preload") return [preloads.tunnel, preloads.observe];
  return runtime === "node" && unit.observe ? [preloads.observe] : [];
}

function pythonFolderOf({ runtime, unit, preloads }: BotRunnerSettings): string | undefined {
  return runtime === "python" && unit.observe ? preloads.python : undefined;
}

function tierPlan(settings: BotRunnerSettings, links: ChildLinks): SpawnPlan["tier"] {
  const { tier, unit } = settings;
  const { local, publish, runAs, tmp } = unit;
  if (tier !== "kernel") return { tier, publish };
  const { ports } = kernelReach(unit, settings.witnesses);
  refuseTakenPorts(settings, ports);
  const { relay, botSocket, proveInside, onSockets } = links;
  const onListener = relay.attach.bind(relay);
  return { tier, ports, local, publish, runAs, tmp, botSocket, onListener, proveInside, onSockets };
}

/** What a bot reaches in the kernel tier; with the ports of the witnesses, because it reads its exit address from them with its own stack. */
export function kernelReach(unit: Bot, witnesses: readonly string[]): KernelReach {
  const named = parsePortList(unit.ports);
  if (named.kind === "refused") {
    const hint = "Correct `ports` in launch.yaml, or `--ports`.";
    throw new ConfigError("LAUNCH_CONFIG_INVALID", `The ports of "${unit.name}": ${named.why}.`, { hint });
  }
  const ofWitnesses = witnesses.map((witness) => portOf(witness));
  return { ports: [...new Set([...defaultPorts, ...named.ports, ...ofWitnesses])], local: unit.local };
}

const portOfNames = 53;

// A bot can listen on none of them: what comes in for it would end at the launcher, or at the bypass target.
function refuseTakenPorts({ unit }: BotRunnerSettings, forwarded: readonly number[]): void {
  const bypass = unit.local.flatMap((entry) => {
    const target = parseLocal(entry);
    return target !== undefined && ["localhost", "127.0.0.1"].includes(target.host) ? [target.port] : [];
  });
  const taken = new Set([portOfNames, ...forwarded, ...bypass]);
  for (const entry of unit.publish) {
    const port = parsePublish(entry)?.inside;
    if (port === undefined || !taken.has(port)) continue;
    const message = `"${entry}" under publish of "${unit.name}": the bot cannot listen on ${port}, because the kernel tier uses this port.`;
    const hint =
      "Let the bot listen on a port that is neither forwarded nor under local: 127.0.0.1:8080:3000.";
    throw new ConfigError("LAUNCH_CONFIG_INVALID", message, { hint });
  }
}

function portOf(witness: string): number {
  const { port, protocol } = new URL(witness);
  if (port !== "") return Number(port);
  return protocol === "http:" ? 80 : 443;
}
