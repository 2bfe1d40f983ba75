import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { operatorDialer } from "../../adapters/operator-socket/operator-dialer.ts";
import type { LaunchConfig } from "../../config/launch-config.ts";
import { packageVersion } from "../../config/package-root.ts";
import type { Reach } from "../../operations/units/ask-launcher.ts";
import type { Workspace } from "../workspace.ts";

/** By what operations reach the launchers of this host. */
export function openReach({ processes, config }: Pick<Workspace, "processes" | "config">): Reach {
  return { ...reachIn(config), processes };
}

/** The same where nothing but the state folder is known. */
export function reachIn({ stateFolder }: Pick<LaunchConfig, "stateFolder">): Pick<Reach, "dialer" | "near"> {
  const folder = join(stateFolder, "run");
  return {
    dialer: operatorDialer(packageVersion()),
    async near() {
      const names = await readdir(folder).catch(() => []);
      return names.filter((name) => name.endsWith(".op.sock")).map((name) => join(folder, name));
    },
  };
}
