import { addMasterKey, removeMasterKey } from "../adapters/vault/edit-key-file.ts";
import { openLiveVault } from "../adapters/vault/live-vault.ts";
import { loadMasterKeys } from "../adapters/vault/load-master-keys.ts";
import { openVault } from "../adapters/vault/vault.ts";
import type { KeySource } from "../config/launch-config.ts";
import type { KeyId } from "../domain/ids.ts";
import { UsageError } from "../errors.ts";
import type { Journal } from "../ports/journal.ts";
import type { LiveVault, Vault } from "../ports/vault.ts";

/** The master keys where the configuration says they are. */
export interface Keyring {
  /** The file, or the variable, that holds them. */
  readonly place: string;
  /** The file, when it is one of the operator's own. */
  readonly file: string | undefined;
  /** Reads the keys once; their warnings go to the journal. */
  openVault(): Promise<Vault>;
  /** Reads the keys, and again whenever it is asked to look for new ones. */
  openLiveVault(): Promise<LiveVault>;
  /** Puts a new key first; rejects with UsageError when the keys are not in a file of ours. */
  add(): Promise<KeyId>;
  /** Takes a key out. */
  remove(id: KeyId): Promise<void>;
}

/** Names the keyring; reads nothing yet. */
export function openKeyring(source: KeySource, journal: Journal): Keyring {
  const place = source.kind === "variable" ? source.variable : source.path;
  const file = source.kind === "file" ? source.path : undefined;
  let vault: Promise<Vault> | undefined;
  const load = async () => {
    const { keys, warnings } = await loadMasterKeys(source);
    for (const text of warnings) journal.say({ level: "warning", unit: undefined, text });
    return openVault(keys);
  };
  return {
    place,
    file,
    openVault: () => (vault ??= load()),
    openLiveVault: () => openLiveVault(source, journal),
    add: async () => {
      const { id } = await addMasterKey(requireFile(source));
      vault = undefined;
      return id;
    },
    remove: async (id) => {
      await removeMasterKey(requireFile(source), id);
      vault = undefined;
    },
  };
}

function requireFile(source: KeySource): string {
  if (source.kind === "file") return source.path;
  const place = source.kind === "variable" ? source.variable : source.path;
  throw new UsageError("LAUNCH_USAGE", `The keys come from ${place}, which Slipway does not change.`, {
    hint: "Change them there, or give a file of your own with --key-file.",
  });
}
