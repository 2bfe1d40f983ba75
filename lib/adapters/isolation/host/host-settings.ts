import type { Journal } from "../../../ports/journal.ts";

/** What the tier has to know of the launcher and its host. */
export interface HostSettings {
  /** The compiled folder of the inside processes. */
  readonly insideFolder: string;
  /** Files that stand for the host's resolv.conf and hosts. */
  readonly replacements: { readonly resolvConf: string; readonly hosts: string };
  /** The state folder, the key file, the database's socket: a bot sees none of them. */
  readonly hidden: readonly string[];
  /** Of the launcher's user. */
  readonly uid: number;
  readonly home: string;
  /** Hears what a bot tries in vain. */
  readonly journal: Journal;
}
