import type { Tools } from "./host/tools.ts";

/** What makes the C library load code or write files before a program begins (glibc, sysdeps/generic/unsecvars.h). */
const names = [
  "LD_PRELOAD",
  "LD_AUDIT",
  "LD_LIBRARY_PATH",
  "LD_DEBUG",
  "LD_DEBUG_OUTPUT",
  "LD_PROFILE",
  "LD_PROFILE_OUTPUT",
  "GCONV_PATH",
  "LOCPATH",
  "MALLOC_TRACE",
  "GLIBC_TUNABLES",
] as const;

export interface HeldBack {
  /** Set over the bot's environment: the words in front of the bot get these empty, which is as good as not at all. */
  readonly env: Readonly<Record<string, string>>;
  /** The last words in front of the bot, which give it what was held back. */
  readonly words: readonly string[];
}

/** Keeps a bot's libraries out of the programs that lead into its network: those begin outside it, as root even with run_as. */
export function holdBack(
  env: Readonly<Record<string, string>>,
  tools: Pick<Tools, "env" | "setpriv">,
): HeldBack {
  const held = names.filter((name) => (env[name] ?? "") !== "");
  if (held.length === 0) return { env: {}, words: [] };
  return {
    env: Object.fromEntries(held.map((name) => [name, ""])),
    // env itself would take a command with "=" in its path for one more variable.
    words: [tools.env, ...held.map((name) => `${name}=${env[name]}`), tools.setpriv, "--no-new-privs", "--"],
  };
}
