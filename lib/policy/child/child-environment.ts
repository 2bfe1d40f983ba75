import type { RunId } from "../../domain/ids.ts";
import { isNeverPassed } from "../../domain/run/never-passed.ts";
import type { Unit } from "../../domain/run/unit.ts";
import {
  childVariables,
  globalAgentVariables,
  noProxyVariables,
  proxyVariables,
} from "../../protocol/environment.ts";
import { nodeOptions } from "./node-options.ts";

export interface ChildEnvironmentInput {
  /** The launcher's own environment. */
  readonly operator: Readonly<Record<string, string | undefined>>;
  readonly unit: Pick<Unit, "kind" | "name" | "env" | "passEnv"> & { readonly observe?: boolean };
  readonly runId: RunId;
  /** The relay as a URL, never the upstream; bots only. */
  readonly relayUrl?: string | undefined;
  /** Path of bot.sock; bots only. */
  readonly botSocket?: string | undefined;
  /** Absolute paths of our preloads, in the order they load; empty for collectors and programs that are not Node's. */
  readonly preloads: readonly string[];
  /** The folder of our `sitecustomize`, for a Python bot. */
  readonly pythonFolder?: string | undefined;
  /** The variables that hold the address or the password of the store in use. */
  readonly storeVariables?: readonly string[];
}

/** The whole environment of a child (docs/architecture.md, The child's environment): the operator's without what is ours or leads past the relay, then the unit's, then our own. */
export function childEnvironment(input: ChildEnvironmentInput): Record<string, string> {
  const { unit } = input;
  const env = { ...inherited(input), ...ownVariables(unit) };
  if (unit.kind === "bot") Object.assign(env, botVariables(input));
  env[childVariables.runId] = input.runId;
  if (input.pythonFolder !== undefined) env["PYTHONPATH"] = pythonPath(input.pythonFolder, env["PYTHONPATH"]);
  const options = nodeOptions(env["NODE_OPTIONS"], input.preloads);
  delete env["NODE_OPTIONS"];
  return options === undefined ? env : { ...env, NODE_OPTIONS: options };
}

// An empty part would be the working folder.
function pythonPath(own: string, operators: string | undefined): string {
  const kept = (operators ?? "").split(":").filter((folder) => folder !== own);
  return [own, ...(operators ? kept : [])].join(":");
}

const proxying = /^(https?|all|wss?|ftp|no|socks5?|rsync)_proxy$|^global_agent_|^npm_config_.*proxy$/i;

function isProxyVariable(name: string): boolean {
  return proxying.test(name);
}

function inherited(input: ChildEnvironmentInput): Record<string, string> {
  const { unit, storeVariables = [] } = input;
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(input.operator)) {
    if (value === undefined) continue;
    const isTaken = isOurs(name) || storeVariables.includes(name) || leadsPastRelay(name);
    if (!isTaken || mayPass(unit, name)) kept[name] = value;
  }
  return kept;
}

// What systemd gave the launcher: a bot that used it would speak for its launcher.
const ofSystemd: readonly string[] = [
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "WATCHDOG_PID",
];

function isOurs(name: string): boolean {
  return name.startsWith("LAUNCH_") || ofSystemd.includes(name);
}

function leadsPastRelay(name: string): boolean {
  return isProxyVariable(name) || name === "NODE_USE_ENV_PROXY";
}

// The operator's word cannot open a way past the relay, nor hand our own secrets to a child.
function mayPass(unit: ChildEnvironmentInput["unit"], name: string): boolean {
  if (isNeverPassed(name)) return false;
  if (unit.kind === "bot" && isProxyVariable(name)) return false;
  return unit.passEnv.includes(name);
}

// An env_file may be the very .env that names our database.
function ownVariables({ kind, env }: ChildEnvironmentInput["unit"]): Record<string, string> {
  const isKept = (name: string) => !isNeverPassed(name) && (kind === "collector" || !isProxyVariable(name));
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)));
}

function botVariables({ unit, relayUrl, botSocket }: ChildEnvironmentInput): Record<string, string> {
  const env: Record<string, string> = { [childVariables.account]: unit.name };
  if (botSocket !== undefined) env[childVariables.control] = botSocket;
  if (unit.observe === false) env[childVariables.observe] = "off";
  for (const name of noProxyVariables) env[name] = "";
  if (relayUrl === undefined) return env;
  for (const name of proxyVariables) {
    env[name] = relayUrl;
    env[name.toLowerCase()] = relayUrl;
  }
  for (const name of globalAgentVariables) env[name] = relayUrl;
  return env;
}
