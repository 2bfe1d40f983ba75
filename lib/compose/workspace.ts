import type { LaunchConfig } from "../config/launch-config.ts";
import type { Journal } from "../ports/journal.ts";

/** What operations work on; each part opens when it is first used. */
export interface Workspace {
  readonly config: LaunchConfig;
  readonly journal: Journal;
  close(): Promise<void>;
}

/** Wires what a command needs; a command that never asks for the store opens none. */
export function openWorkspace(config: LaunchConfig, journal: Journal): Promise<Workspace> {
  return Promise.resolve({ config, journal, close: () => Promise.resolve() });
}
