import { addMasterKey, removeMasterKey } from "../adapters/vault/edit-key-file.ts";
import { openLiveVault } from "../adapters/vault/live-vault.ts";
import { loadMasterKeys } from "../adapters/vault/load-master-keys.ts";
import type { MasterKey } from "../adapters/vault/master-key.ts";
import { openText, sealText } from "../adapters/vault/seal-text.ts";
import { openVault } from "../adapters/vault/vault.ts";
import type { KeySource } from "../config/launch-config.ts";
import type { SealedText } from "../domain/alerts/sealed-text.ts";
import type { KeyId } from "../domain/ids.ts";
import type { Secret } from "../domain/secret.ts";
import { InternalError, UsageError } from "../errors.ts";
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
  /** Seals a secret that is kept in a file, with the newest key. */
  sealText(secret: Secret): Promise<SealedText>;
  /** Opens such a secret; undefined when no key here fits. */
  openText(sealed: SealedText): Promise<string | undefined>;
  /** Puts a new key first; rejects with UsageError when the keys are not in a file of ours. */
  add(): Promise<KeyId>;
  /** Takes a key out. */
  remove(id: KeyId): Promise<void>;
}

/** Names the keyring; reads nothing yet. */
export function openKeyring(source: KeySource, journal: Journal): Keyring {
  const place = source.kind === "variable" ? source.variable : source.path;
  const file = source.kind === "file" ? source.path : undefined;
  let loaded: Promise<{ readonly keys: readonly MasterKey[]; readonly vault: Vault }> | undefined;
  const load = async () => {
    const { keys, warnings } = await loadMasterKeys(source);
    for (const text of warnings) journal.say({ level: "warning", unit: undefined, text });
    return { keys, vault: openVault(keys) };
  };
  const loadOnce = () => (loaded ??= load());
  return {
    place,
    file,
    openVault: async () => (await loadOnce()).vault,
    openLiveVault: () => openLiveVault(source, journal),
    sealText: async (secret) => {
      const [newest] = (await loadOnce()).keys;
      if (newest === undefined) throw new InternalError("keyring-without-keys", "The keyring holds no key");
      return sealText(newest, secret, Date.now());
    },
    openText: async (sealed) => openText((await loadOnce()).keys, sealed),
    add: async () => {
      const { id } = await addMasterKey(requireFile(source));
      loaded = undefined;
      return id;
    },
    remove: async (id) => {
      await removeMasterKey(requireFile(source), id);
      loaded = undefined;
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
