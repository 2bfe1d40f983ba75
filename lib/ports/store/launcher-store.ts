import type { IdleUnits } from "../../domain/desk/idle-units.ts";
import type { LauncherId, RunId } from "../../domain/ids.ts";
import type { FolderChoices } from "../../domain/run/folder-choices.ts";
import type { ProcessIdentity } from "../../domain/run/lease.ts";

/** The launchers, each with the one counter that renews all its leases. */
export interface LauncherStore {
  /** Makes a launcher known. Rows of others that hold nothing, and ended or were silent for an hour, go. */
  register(launcher: Launcher): Promise<void>;
  /** Renews all that the launcher holds; gives what is still its own, undefined when its row is gone: then all is lost. */
  renew(id: LauncherId): Promise<Renewed | undefined>;
  /** Frees those of the tokens whose run is none of these, and ends the rows of such runs that only began. Gives how many it freed. */
  tidy(id: LauncherId, tokens: readonly number[], runs: readonly RunId[]): Promise<number>;
  update(id: LauncherId, change: Pick<Launcher, "keyIds">): Promise<void>;
  /** The units that do not run there: all of them, at each change. */
  tellIdle(id: LauncherId, idle: IdleUnits): Promise<void>;
  /** What other working folders of the same host chose otherwise, each by its last launcher of the last day. */
  otherChoices(mine: Pick<Launcher, "process" | "choices">): Promise<readonly FolderChoices[]>;
  /** Those that have not ended and renewed within their own time, whether they hold anything or not. */
  present(): Promise<readonly PresentLauncher[]>;
  /** A clean end. It frees nothing: what could not be given back lapses. */
  end(id: LauncherId): Promise<void>;
}

/** What a renewal counts for. */
export interface Renewed {
  /** Of leases. */
  readonly tokens: readonly number[];
  /** Of the exit that each of their runs took last, while it has it. */
  readonly exits: readonly number[];
}

/** A launcher that lives, as far as the database knows. */
export interface PresentLauncher extends IdleUnits {
  readonly process: ProcessIdentity;
  readonly operatorSocket: string | undefined;
}

export interface Launcher extends FolderChoices {
  /** One for each registration, never used again. */
  readonly id: LauncherId;
  readonly process: ProcessIdentity;
  readonly version: string;
  readonly protocol: number;
  readonly operatorSocket: string | undefined;
  /** The keys that it holds: `keys rotate` refuses while one with a live bot lacks the new one. */
  readonly keyIds: readonly string[];
  /** What its units count on after a renewal; takers wait for it. */
  readonly ttlMs: number;
}
