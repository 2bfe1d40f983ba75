import type { Workspace } from "../compose/workspace.ts";
import type { LaunchConfig } from "../config/launch-config.ts";
import type { GlobalFlags } from "./parse/global-flags.ts";
import type { Io } from "./terminal/io.ts";

/** How launch.yaml is read. */
export interface Reading {
  /** In a process of its own, for a command that stays. */
  readonly isApart: boolean;
}

/** What a command opens at most once and never without need. */
export interface Resources {
  loadConfig(): Promise<LaunchConfig>;
  openWorkspace(reading?: Reading): Promise<Workspace>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** The resources of one command; nothing is loaded before it is asked for. */
export function openResources(flags: GlobalFlags, io: Io): Resources {
  let config: Promise<LaunchConfig> | undefined;
  let workspace: Promise<Workspace> | undefined;
  const load = async (reading: Reading) => {
    const loaded = await read(flags, reading);
    if (flags.verbose) io.warn(whatIsUsed(loaded));
    for (const text of loaded.warnings) io.journal.say({ level: "warning", unit: undefined, text });
    return loaded;
  };
  const open = async (loaded: Promise<LaunchConfig>) => {
    const [known, { openWorkspace }] = await Promise.all([loaded, import("../compose/workspace.ts")]);
    return openWorkspace(known, io.journal);
  };
  const loadOnce = (reading: Reading) => (config ??= load(reading));
  return {
    loadConfig: () => loadOnce({ isApart: false }),
    openWorkspace: (reading = { isApart: false }) => (workspace ??= open(loadOnce(reading))),
    async close() {
      // A workspace that failed to open has told its reason to whoever asked for it.
      const opened = await workspace?.catch(() => undefined);
      await opened?.close();
    },
  };
}

async function read(flags: GlobalFlags, { isApart }: Reading): Promise<LaunchConfig> {
  if (isApart) return await (await import("../compose/desk/load-apart.ts")).loadApart(flags);
  return (await import("../config/load/load-config.ts")).loadConfig(flags);
}

function whatIsUsed({ file, envFile, stateFolder, shownDatabase }: LaunchConfig): string {
  return `using ${file ?? "no launch.yaml"}, ${envFile ?? "no .env"}, the state folder ${stateFolder} and the database ${shownDatabase}`;
}
