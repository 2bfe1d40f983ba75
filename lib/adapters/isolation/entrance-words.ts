import type { HostUser } from "./host/run-as.ts";
import type { Tools } from "./host/tools.ts";

/** How a command gets into a network: as the kernel lets anybody, or as real root. */
export type Privilege = "rootless" | "root";

export interface EntranceOptions {
  readonly tools: Tools;
  readonly privilege: Privilege;
  /** Paths that lead to the namespaces. */
  readonly namespaces: { readonly user: string; readonly net: string; readonly mnt: string };
  readonly cwd: string;
  readonly runAs: HostUser | undefined;
}

const dropping = ["--no-new-privs", "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all"];

/** The words in front of a command: into the namespaces, to its folder there, no capability left, and the end of the launcher is its end. */
export function entranceWords(options: EntranceOptions): readonly string[] {
  const { tools, privilege, namespaces, cwd, runAs } = options;
  const into = [`--net=${namespaces.net}`, `--mount=${namespaces.mnt}`];
  const folder = [tools.env, "-C", cwd];
  const drop = [tools.setpriv, ...identity(runAs), ...dropping, "--pdeathsig", "KILL", "--"];
  if (privilege === "root") return [tools.nsenter, ...into, "--", ...folder, ...drop];
  const enter = [tools.nsenter, `--user=${namespaces.user}`, ...into, "--preserve-credentials", "--"];
  // Entering ends with no capability at all, and the bounding set can be emptied only by who has one: a user namespace
  // inside gives it back for that moment.
  const regain = [tools.unshare, "--user", "--map-current-user", "--keep-caps", "--"];
  return [...enter, ...folder, ...regain, ...drop];
}

/** The words that make the namespaces around a command. */
export function unshareWords(tools: Tools, privilege: Privilege): readonly string[] {
  const user = privilege === "rootless" ? ["--user", "--map-current-user", "--keep-caps"] : [];
  return [tools.unshare, ...user, "--net", "--mount", "--"];
}

function identity(user: HostUser | undefined): readonly string[] {
  return user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups"];
}
