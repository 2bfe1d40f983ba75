// The vault of a launcher, which runs for weeks: keys that are added to its file are taken up while it runs. A key that
// has left the file stays known until the launcher ends, so that a file that was lost, or replaced by a wrong one, takes
// no running bot's credential away.
import { stat } from "node:fs/promises";
import { LaunchError } from "../../errors.ts";
import type { Journal } from "../../ports/journal.ts";
import type { LiveVault } from "../../ports/vault.ts";
import { loadMasterKeys, type MasterKeySource } from "./load-master-keys.ts";
import type { MasterKey } from "./master-key.ts";
import { openVault } from "./vault.ts";

/** Opens the vault over the keys that are there now; throws ConfigError when there are none, or when others may read them. */
export async function openLiveVault(source: MasterKeySource, journal: Journal): Promise<LiveVault> {
  const warn = (text: string): void => journal.say({ level: "warning", unit: undefined, text });
  // Marked before it is read: what changes meanwhile is found at the next look.
  let mark = await markOf(source);
  const first = await loadMasterKeys(source);
  for (const text of first.warnings) warn(text);
  let { keys } = first;
  let vault = openVault(keys);
  let looking: Promise<boolean> | undefined;

  const look = async (): Promise<boolean> => {
    const seen = await markOf(source);
    if (seen === mark) return false;
    mark = seen;
    try {
      const loaded = await loadMasterKeys(source);
      const known = new Set(loaded.keys.map(({ id }) => id));
      const before = vault.keyIds;
      const gone = keys.filter(({ id }) => !known.has(id));
      keys = [...loaded.keys, ...gone];
      vault = openVault(keys);
      if (gone.length > 0) warn(sayGone(source, gone));
      return vault.keyIds.join() !== before.join();
    } catch (error) {
      warn(`the keys that were loaded before (${vault.keyIds.join(", ")}) stay in use: ${sayWhy(error)}`);
      return false;
    }
  };

  return {
    get keyIds() {
      return vault.keyIds;
    },
    seal: (credential, proxy) => vault.seal(credential, proxy),
    open: (sealed, proxy) => vault.open(sealed, proxy),
    reseal: (sealed, proxy) => vault.reseal(sealed, proxy),
    fingerprints: (credential, scheme) => vault.fingerprints(credential, scheme),
    refresh: () =>
      (looking ??= look().finally(() => {
        looking = undefined;
      })),
  };
}

// Each edit changes one of these; a file that is gone or cannot be looked at is a state like any other.
async function markOf(source: MasterKeySource): Promise<string> {
  if (source.kind === "variable") return "";
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(source.path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

function sayGone(source: MasterKeySource, gone: readonly MasterKey[]): string {
  const place = source.kind === "variable" ? source.variable : source.path;
  const ids = gone.map(({ id }) => id).join(", ");
  return `${place} no longer contains key ${ids}: this launcher keeps it until it ends; the next one will not have it`;
}

function sayWhy(error: unknown): string {
  if (!(error instanceof LaunchError)) return error instanceof Error ? error.message : String(error);
  return error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
}
