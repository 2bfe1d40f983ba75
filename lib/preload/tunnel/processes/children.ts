import childProcess from "node:child_process";
import { globalAgentVariables, noProxyVariables, proxyVariables } from "../../../protocol/environment.ts";
import type { Internals, NativeMethod, NativeMethods } from "../internals.ts";

/** Gives every child process the relay and our preloads again, whatever environment the bot's code made for it. */
export function guardChildren({ spawnSync }: Internals, env: NodeJS.ProcessEnv, preload: string): void {
  const kept = keptVariables(env);
  const options = ownOptions(env, preload);
  const spawns = childProcess.ChildProcess.prototype as unknown as NativeMethods;
  for (const [target, name] of [
    [spawns, "spawn"],
    [spawnSync, "spawn"],
  ] as const) {
    const direct = target[name];
    if (direct === undefined) throw new Error(`this Node has no ${name}`);
    target[name] = function (this: unknown, ...args: unknown[]) {
      const given = args[0] as { envPairs?: unknown } | undefined;
      if (Array.isArray(given?.envPairs)) given.envPairs = withKept(given.envPairs, kept, options);
      return Reflect.apply(direct, this, args);
    } satisfies NativeMethod;
  }
  guardExecve(kept, options);
}

/** The variables of this start that a worker or child must have as well, relay and launcher. */
export function keptVariables(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const ours = [
    ...proxyVariables,
    ...proxyVariables.map((name) => name.toLowerCase()),
    ...globalAgentVariables,
  ];
  const names = [...ours, ...noProxyVariables, "LAUNCH_CONTROL", "LAUNCH_ACCOUNT", "LAUNCH_RUN_ID"];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function ownOptions(env: NodeJS.ProcessEnv, preload: string): readonly string[] {
  const observe = preload.replace(/tunnel\.js$/, "observe.js");
  const isObserved = (env["NODE_OPTIONS"] ?? "").includes(observe);
  return [preload, ...(isObserved ? [observe] : [])].map((path) => `--require "${path}"`);
}

function withKept(
  pairs: readonly unknown[],
  kept: Readonly<Record<string, string>>,
  options: readonly string[],
): readonly string[] {
  const env = new Map<string, string>();
  for (const pair of pairs.map(String)) {
    const at = pair.indexOf("=", 1);
    env.set(pair.slice(0, at), pair.slice(at + 1));
  }
  for (const [name, value] of Object.entries(kept)) env.set(name, value);
  const given = env.get("NODE_OPTIONS") ?? "";
  const missing = options.filter((option) => !given.includes(option));
  env.set("NODE_OPTIONS", [...missing, given].filter((text) => text !== "").join(" "));
  return [...env].map(([name, value]) => `${name}=${value}`);
}

// From Node 23.11 on a process can become another program without a child.
function guardExecve(kept: Readonly<Record<string, string>>, options: readonly string[]): void {
  const target = process as unknown as NativeMethods;
  const direct = target["execve"];
  if (direct === undefined) return;
  target["execve"] = (file, args, env = process.env) => {
    const pairs = Object.entries(env as Record<string, unknown>).map(
      ([name, value]) => `${name}=${String(value)}`,
    );
    const whole = withKept(pairs, kept, options).map((pair) => pair.split(/=(.*)/s).slice(0, 2));
    return Reflect.apply(direct, process, [file, args, Object.fromEntries(whole)]);
  };
}
