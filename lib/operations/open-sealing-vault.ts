import type { KeyId } from "../domain/ids.ts";
import { CredentialUnopenableError } from "../errors.ts";
import type { Store } from "../ports/store/store.ts";
import type { Vault } from "../ports/vault.ts";
import type { Operator } from "./operator.ts";

/**
 * Opens the vault to seal with. Keys that open none of the credentials present are somebody else's, or of another database:
 * what they sealed could be opened nowhere else, so they are refused.
 */
export async function openSealingVault(operator: Pick<Operator, "openVault">, store: Store): Promise<Vault> {
  const vault = await operator.openVault();
  const use = await store.proxies.keyUse();
  if (use.size === 0 || vault.keyIds.some((keyId) => use.has(keyId))) return vault;
  // Of rows that were adopted nobody wrote down the key.
  if (use.has("" as KeyId) && (await opensAny(store, vault))) return vault;
  const rows = [...use.values()].reduce((sum, count) => sum + count, 0);
  const others = [...use.keys()].filter((keyId) => keyId !== "");
  const sealedWith = others.length === 0 ? "" : `, which key ${others.join(" or ")} sealed`;
  throw new CredentialUnopenableError(
    `The present keys (${vault.keyIds.join(", ")}) open none of the ${rows} stored credentials${sealedWith}; nothing was sealed with them.`,
    {
      hint: "Give the right key file with --key-file or LAUNCH_KEY_FILE. If that key is lost, first clear each credential with `launch proxy edit LABEL --clear credential`.",
    },
  );
}

async function opensAny(store: Store, vault: Vault): Promise<boolean> {
  return (await store.proxies.list()).some(({ id, label, endpoint, sealed }) => {
    if (sealed === undefined) return false;
    return vault.open(sealed, { id, label, scheme: endpoint.scheme }).kind === "opened";
  });
}
