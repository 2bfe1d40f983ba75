import type { Workspace } from "../compose/workspace.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import type { GlobalFlags } from "./parse/global-flags.ts";
import type { Io } from "./terminal/io.ts";

/** What a command opens at most once and never without need. */
export interface Resources {
  loadConfig(): Promise<LaunchConfig>;
  openWorkspace(): Promise<Workspace>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The resources of one command; nothing is loaded before it is asked for. */
export function openResources(flags: GlobalFlags, io: Io): Resources {
  let config: Promise<LaunchConfig> | undefined;
  let workspace: Promise<Workspace> | undefined;
  const load = async () => {
    const { loadConfig } = await import("../config/load/load-config.ts");
    const loaded = loadConfig(flags);
    if (flags.verbose) io.warn(whatIsUsed(loaded));
    for (const text of loaded.warnings) io.journal.say({ level: "warning", unit: undefined, text });
    return loaded;
  };
  const open = async (loaded: Promise<LaunchConfig>) => {
    const { openWorkspace } = await import("../compose/workspace.ts");
    return openWorkspace(await loaded, io.journal);
  };
  const resources: Resources = {
    loadConfig: () => (config ??= load()),
    openWorkspace: () => (workspace ??= open(resources.loadConfig())),
    async close() {
      // A workspace that failed to open has told its reason to whoever asked for it.
      const opened = await workspace?.catch(() => undefined);
      await opened?.close();
    },
  };
  return resources;
}

function whatIsUsed({ file, envFile, stateFolder, shownDatabase }: LaunchConfig): string {
  return `using ${file ?? "no launch.yaml"}, ${envFile ?? "no .env"}, the state folder ${stateFolder} and the database ${shownDatabase}`;
}
