import { nodeOptions } from "./node-options.ts";

export interface AheadInput {
  readonly command: readonly string[];
  /** The whole environment of the child. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute paths of our preloads in that environment. */
  readonly preloads: readonly string[];
}

// What makes a program load code before its own first instruction: glibc's loader, and OpenSSL's configuration.
const loadsCode = /^(LD_|GCONV_PATH$|OPENSSL_)/;

/**
 * Whether a command that turns out to be Node's may be started before it is certain that it is needed: our preload holds it before any
 * code of its program, so nothing may be loaded ahead of that preload. A flag in front of the script could do so, or run no script at all.
 */
export function mayBootAhead({ command, env, preloads }: AheadInput): boolean {
  const script = command[1];
  if (script === undefined || script.startsWith("-")) return false;
  if (env["NODE_OPTIONS"] !== nodeOptions(undefined, preloads)) return false;
  return !Object.keys(env).some((name) => loadsCode.test(name));
}
