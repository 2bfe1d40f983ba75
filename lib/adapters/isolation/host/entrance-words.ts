import type { HostUser } from "./run-as.ts";
import type { Tools } from "./tools.ts";

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
  // Once more: becoming another user takes the first one back.
  const drop = [tools.setpriv, ...identity(runAs), ...dropping, "--pdeathsig", "KILL", "--"];
  // First of all, and before the launcher's descriptors are opened: a launcher that died until then has none any more.
  const enterAs = [...endWithLauncher(tools), tools.nsenter];
  if (privilege === "root") return [...enterAs, ...into, "--", ...folder, ...drop];
  const enter = [...enterAs, `--user=${namespaces.user}`, ...into, "--preserve-credentials", "--"];
  // Entering ends with no capability at all, and the bounding set can be emptied only by who has one: a user namespace
  // inside gives it back for that moment.
  const regain = [tools.unshare, "--user", "--map-current-user", "--keep-caps", "--"];
  return [...enter, ...folder, ...regain, ...drop];
}

/** The words in front of a command of our own that needs the network alone, and sees this host's files as the launcher does. */
export function networkWords({
  tools,
  privilege,
  namespaces,
}: Pick<EntranceOptions, "tools" | "privilege" | "namespaces">): readonly string[] {
  const user = privilege === "root" ? [] : [`--user=${namespaces.user}`, "--preserve-credentials"];
  return [...endWithLauncher(tools), tools.nsenter, ...user, `--net=${namespaces.net}`, "--"];
}

/** The words that make the namespaces around a command, which ends with the launcher. */
export function unshareWords(tools: Tools, privilege: Privilege): readonly string[] {
  const user = privilege === "rootless" ? ["--user", "--map-current-user", "--keep-caps"] : [];
  return [...endWithLauncher(tools), tools.unshare, ...user, "--net", "--mount", "--"];
}

// The kernel's own signal: a Node that waits for a handed socket to be taken is not told that its channel broke.
function endWithLauncher({ setpriv }: Tools): readonly string[] {
  return [setpriv, "--pdeathsig", "KILL", "--"];
}

function identity(user: HostUser | undefined): readonly string[] {
  return user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--init-groups"];
}
