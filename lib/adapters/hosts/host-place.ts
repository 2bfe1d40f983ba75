import { join } from "node:path";

/** A bot or collector as another program is to run it: by its name only. */
export interface HostedUnit {
  readonly kind: "bot" | "collector";
  readonly name: string;
  /** What the launcher may take to stop the bot. */
  readonly graceMs: number;
}

/** The same for every entry of a generated file; all paths absolute. */
export interface HostPlace {
  readonly templates: string;
  /** The executable of Slipway, and the Node that runs it. */
  readonly program: string;
  readonly node: string;
  readonly cwd: string;
  /** How long a start may have to wait for the lease of a run that died elsewhere. */
  readonly leaseTtlMs: number;
  /** Flags that make the launcher read the same configuration as whoever generated the file. */
  readonly flags: readonly string[];
}

/** The folder of the Node in use comes first, so that `command: [node, …]` means the same one. */
export function searchPath(node: string): string {
  return [...new Set([join(node, ".."), "/usr/local/bin", "/usr/bin", "/bin"])].join(":");
}
