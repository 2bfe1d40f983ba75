import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Secret } from "../../domain/secret.ts";
import type { KeySource } from "../launch-config.ts";
import { type ConfigFlags, type EnvFile, firstGiven, pathOf } from "./sourced.ts";
import type { Surroundings } from "./surroundings.ts";

/** A path and where it comes from. */
export interface Located {
  readonly path: string;
  readonly source: string;
}

/** The names of our credentials under systemd and in containers: `LoadCredential=launch-keys:/etc/launch/keys`. */
type CredentialName = "launch-keys" | "launch-pgpass";

/** Where a credential of this name was handed over, if one was; undefined where nobody hands any over. */
export function credentialPath({ env }: Surroundings, name: CredentialName): string | undefined {
  const folder = absolute(env["CREDENTIALS_DIRECTORY"]);
  return folder === undefined ? undefined : join(folder, name);
}

/** The launch.yaml in use: the first of flag, LAUNCH_CONFIG, ./launch.yaml, XDG and /etc wins whole; one named by flag or variable must exist. */
export function findConfigFile(flags: ConfigFlags, surroundings: Surroundings): Located | undefined {
  const named = firstGiven(
    { name: "--config", value: flags.config },
    "LAUNCH_CONFIG",
    surroundings,
    undefined,
  );
  if (named) return { path: pathOf(named), source: named.source };
  const { cwd, env, homeFolder } = surroundings;
  const xdg = absolute(env["XDG_CONFIG_HOME"]) ?? join(homeFolder, ".config");
  const places = [join(cwd, "launch.yaml"), join(xdg, "launch", "launch.yaml"), "/etc/launch/launch.yaml"];
  const path = places.find((place) => existsSync(place));
  return path === undefined ? undefined : { path, source: "found" };
}

/** The state folder (docs/configuration.md, Environment variables); it need not exist yet. */
export function stateFolder(
  flags: ConfigFlags,
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
): Located & { readonly isUsual: boolean } {
  const named = firstGiven(
    { name: "--state-dir", value: flags.stateDir },
    "LAUNCH_STATE_DIR",
    surroundings,
    envFile,
  );
  if (named) return { path: pathOf(named), source: named.source, isUsual: false };
  return { ...usualStateFolder(surroundings), isUsual: true };
}

function usualStateFolder({ env, uid, homeFolder }: Surroundings): Located {
  // systemd joins several folders with colons; the first is ours.
  const systemd = absolute(env["STATE_DIRECTORY"]?.split(":")[0]);
  if (systemd) return { path: systemd, source: "STATE_DIRECTORY" };
  const xdg = absolute(env["XDG_STATE_HOME"]);
  if (xdg) return { path: join(xdg, "launch"), source: "XDG_STATE_HOME" };
  if (uid === 0) return { path: "/var/lib/launch", source: "default for root" };
  return { path: join(homeFolder, ".local", "state", "launch"), source: "default" };
}

/** Where the master keys are: what was named, then LAUNCH_FERNET_KEYS, then systemd's credential, then the state folder. */
export function keySource(
  flags: ConfigFlags,
  surroundings: Surroundings,
  envFile: EnvFile | undefined,
  state: string,
): { readonly keys: KeySource; readonly source: string } {
  const named = firstGiven(
    { name: "--key-file", value: flags.keyFile },
    "LAUNCH_KEY_FILE",
    surroundings,
    envFile,
  );
  const credential = credentialPath(surroundings, "launch-keys");
  if (named) {
    const path = pathOf(named);
    return { keys: { kind: path === credential ? "credential" : "file", path }, source: named.source };
  }
  const variable = "LAUNCH_FERNET_KEYS";
  const inline = surroundings.env[variable];
  if (inline) return { keys: { kind: "variable", variable, keys: new Secret(inline) }, source: variable };
  if (credential !== undefined && existsSync(credential))
    return { keys: { kind: "credential", path: credential }, source: "CREDENTIALS_DIRECTORY" };
  return { keys: { kind: "file", path: resolve(state, "keys") }, source: "default" };
}

// The XDG specification ignores relative paths; systemd never gives one.
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith("/") ? path : undefined;
}
