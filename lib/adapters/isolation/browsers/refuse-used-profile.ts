import { join } from "node:path";
import { ProcessError } from "../../../errors.ts";
import type { KernelPlan } from "../../../ports/isolation.ts";
import { namedProfiles } from "./named-profiles.ts";
import { userOfProfile } from "./used-profiles.ts";

/**
 * Throws ProcessError LAUNCH_PROFILE_IN_USE for a bot that names a browser's profile in which another process works. The
 * sockets of that browser do not reach the bot, so its own would take the profile for abandoned: two on one profile damage it.
 */
export function refuseUsedProfile({ command, cwd, env }: KernelPlan, home: string): void {
  for (const profile of namedProfiles(command, { cwd, configHome: configHome(env, home) })) {
    const used = userOfProfile(profile);
    if (used === undefined) continue;
    const message = `Another process (${used.pid}) uses the browser profile ${used.path}.`;
    throw new ProcessError("LAUNCH_PROFILE_IN_USE", message, {
      hint: "Close that browser, or give the bot a profile of its own: `--user-data-dir=FOLDER` (Firefox: `--profile FOLDER`).",
    });
  }
}

/** Where browsers keep the profiles that they are not told, for a program with this environment. */
export function configHome(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return env["XDG_CONFIG_HOME"] || join(env["HOME"] || home, ".config");
}
