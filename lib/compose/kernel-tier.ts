import { homedir } from "node:os";
import { join } from "node:path";
import { lockPlaces } from "../adapters/host-lock/lock-places.ts";
import { createIsolation, type KernelTier } from "../adapters/isolation/isolation.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import { packageRoot } from "../config/package-root.ts";
import { operatorEnvironment } from "../config/sources/surroundings.ts";
import { namedDaemons } from "../policy/named-daemons.ts";
import type { Journal } from "../ports/journal.ts";
import type { KernelTry } from "../ports/spawner.ts";
import type { Database } from "./database/database.ts";
import { lockUser } from "./lock-user.ts";

/** The kernel tier of this host; what `hidden` names no bot sees, nor the daemons that the operator's shell names. */
export function kernelTier(hidden: readonly string[], journal: Journal): KernelTier {
  const root = packageRoot();
  const uid = process.getuid?.() ?? -1;
  const templates = join(root, "templates", "kernel");
  return createIsolation({
    // Always the compiled ones: they run on plain Node, whatever runs this file.
    insideFolder: join(root, "dist/inside"),
    replacements: { resolvConf: join(templates, "resolv.conf"), hosts: join(templates, "hosts") },
    hidden: [...hidden, ...namedDaemons(operatorEnvironment(), uid)],
    uid,
    home: homedir(),
    journal,
  });
}

/** What is Slipway's own: state folder, key file, the file with the database's password, the locks of this host, socket of the embedded server. The operator's own server is no secret of ours, and a bot may use it too. */
export function hiddenPaths(
  { stateFolder, keys, database }: LaunchConfig,
  { server }: Pick<Database, "server">,
): readonly string[] {
  const sockets = server === undefined ? [] : [server.address().socketFolder];
  const locks = lockPlaces(lockUser(stateFolder)).map(({ folder }) => folder);
  const passFile = database.kind === "server" && database.passFile !== undefined ? [database.passFile] : [];
  return [stateFolder, ...locks, ...passFile, ...sockets, ...(keys.kind === "variable" ? [] : [keys.path])];
}

/** Tries the kernel tier where there may be one. */
export async function tryKernel(attempt: () => Promise<KernelTry>): Promise<KernelTry> {
  if (process.platform === "linux") return attempt();
  return { kind: "refused", why: "it needs Linux.", hint: "Use `--isolation preload` for a Node bot." };
}
