import type { Workspace } from "../compose/workspace.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import type { ConfigFlags } from "../config/sources/sourced.ts";
import type { GlobalFlags } from "./parse/global-flags.ts";
import type { Io } from "./terminal/io.ts";

/** How the configuration is read. */
export type Read = (flags: ConfigFlags) => Promise<LaunchConfig>;

/** What a command opens at most once and never without need. */
export interface Resources {
  loadConfig(): Promise<LaunchConfig>;
  openWorkspace(read?: Read): Promise<Workspace>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The resources of one command; nothing is loaded before it is asked for. */
export function openResources(flags: GlobalFlags, io: Io): Resources {
  let config: Promise<LaunchConfig> | undefined;
  let workspace: Promise<Workspace> | undefined;
  const load = async (read: Read) => {
    const loaded = await read(flags);
    if (flags.verbose) io.warn(whatIsUsed(loaded));
    for (const text of loaded.warnings) io.journal.say({ level: "warning", unit: undefined, text });
    return loaded;
  };
  const open = async (loaded: Promise<LaunchConfig>) => {
    const [known, { openWorkspace }] = await Promise.all([loaded, import("../compose/workspace.ts")]);
    return openWorkspace(known, io.journal);
  };
  const loadOnce = (read: Read) => (config ??= load(read));
  return {
    loadConfig: () => loadOnce(readHere),
    openWorkspace: (read = readHere) => (workspace ??= open(loadOnce(read))),
    async close() {
      // A workspace that failed to open has told its reason to whoever asked for it.
      const opened = await workspace?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function readHere(flags: ConfigFlags): Promise<LaunchConfig> {
  const { loadPlain } = await import("../config/load/load-plain.ts");
  return loadPlain(flags) ?? (await import("../config/load/load-config.ts")).loadConfig(flags);
}

function whatIsUsed({ file, envFile, stateFolder, shownDatabase }: LaunchConfig): string {
  return `using ${file ?? "no launch.yaml"}, ${envFile ?? "no .env"}, the state folder ${stateFolder} and the database ${shownDatabase}`;
}
