import { homedir } from "node:os";

/** What the configuration depends on besides files and flags. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly uid: number;
  readonly homeFolder: string;
}

/** The surroundings of this process. */
export function currentSurroundings(): Surroundings {
  return { env: process.env, cwd: process.cwd(), uid: process.getuid?.() ?? -1, homeFolder: homedir() };
}

/** The operator's environment as bots inherit it, before anything is taken out. */
export function operatorEnvironment(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const plainNames = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR"];

/** What a program needs to find itself, and no more: for commands that are no part of a bot. */
export function plainEnvironment(): Readonly<Record<string, string>> {
  const all = operatorEnvironment();
  const found = plainNames.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  return Object.fromEntries(found);
}
