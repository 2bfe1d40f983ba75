import {
  childVariables,
  globalAgentVariables,
  noProxyVariables,
  proxyVariables,
} from "../../../protocol/environment.ts";

/** What every worker and child process must have of this start. */
export interface Inheritance {
  /** The path of the tunnel preload. */
  readonly preload: string;
  /** Variables that lead to the relay and to the launcher. */
  readonly kept: Readonly<Record<string, string>>;
  /** What NODE_OPTIONS must contain. */
  readonly options: readonly string[];
}

/** Reads it from the environment of this start. */
export function readInheritance(env: NodeJS.ProcessEnv, preload: string): Inheritance {
  const lower = proxyVariables.map((name) => name.toLowerCase());
  const ours = [...proxyVariables, ...lower, ...globalAgentVariables, ...noProxyVariables];
  const names = [...ours, ...Object.values(childVariables)];
  const kept = names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  const observe = preload.replace(/tunnel\.js$/, "observe.js");
  const isObserved = (env["NODE_OPTIONS"] ?? "").includes(observe);
  const options = [preload, ...(isObserved ? [observe] : [])].map((path) => `--require "${path}"`);
  return { preload, kept: Object.fromEntries(kept), options };
}

/** An environment with all of it, whatever the bot's code took out or changed. */
export function inheritedBy(
  env: Readonly<Record<string, string | undefined>>,
  { kept, options }: Inheritance,
): Record<string, string> {
  const whole = Object.entries({ ...env, ...kept }).map(([name, value]) => [name, String(value)] as const);
  const given = env["NODE_OPTIONS"] ?? "";
  const ours = options.join(" ");
  // Ahead of what the bot's code put in front of them; loaded a second time they do nothing.
  const isFirst = given === ours || given.startsWith(`${ours} `);
  const all = isFirst ? given : [ours, given].filter((text) => text !== "").join(" ");
  return { ...Object.fromEntries(whole), NODE_OPTIONS: all };
}
