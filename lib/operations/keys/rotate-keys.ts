import type { KeyId } from "../../domain/ids.ts";
import type { Proxy } from "../../domain/proxy/proxy.ts";
import { CredentialUnopenableError, InternalError, LaunchError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Vault } from "../../ports/vault.ts";
import { firstOf } from "../first-of.ts";
import { openSealingVault } from "../open-sealing-vault.ts";
import { type Operator, record } from "../operator.ts";
import { nameRuns, possiblyLive } from "../runs/judge-run.ts";

export interface RotateOptions {
  /** Rotate although a live run could then not open a credential any more. */
  readonly force: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Rotated {
  readonly keyId: KeyId;
  readonly resealed: number;
  /** Rows that the newest key had sealed already. */
  readonly untouched: number;
}

/**
 * Seals every stored credential with the newest key, all or nothing.
 * Rejects with LAUNCH_IN_USE while a possibly live run does not hold that key, and with CredentialUnopenableError naming every row that no key opens.
 */
export async function rotateKeys(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  options: RotateOptions,
): Promise<Rotated> {
  return await operator.store.transaction(async (store) => {
    const vault = await openSealingVault(operator, store);
    const newest = newestKeyOf(vault);
    if (!options.force) await refuseWithoutKey(store, processes, newest);
    const sealedProxies = (await store.proxies.list()).filter(({ sealed }) => sealed !== undefined);
    const due = sealedProxies.filter(({ sealed }) => sealed?.keyId !== newest || sealed.fingerprint === "");
    await resealAll({ store, vault, due, onProgress: options.onProgress });
    await record(operator, store, {
      kind: "keys.rotated",
      message: `${due.length} credentials were sealed again with key ${newest}.`,
    });
    return { keyId: newest, resealed: due.length, untouched: sealedProxies.length - due.length };
  });
}

function newestKeyOf(vault: Vault): KeyId {
  const newest = vault.keyIds[0];
  if (newest === undefined) throw new InternalError("vault-without-keys", "The vault holds no key");
  return newest;
}

async function refuseWithoutKey(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
  newest: KeyId,
): Promise<void> {
  const lacking = (await possiblyLive(store, processes))
    .filter(({ run, keyIds }) => run.unit.kind === "bot" && !keyIds.includes(newest))
    .map(({ run }) => run);
  if (lacking.length === 0) return;
  throw new LaunchError(
    "LAUNCH_IN_USE",
    `These runs do not have key ${newest} and could open no credential afterwards: ${nameRuns(lacking)}.`,
    {
      hint: "Running launchers read a new key from their key file within seconds. Copy the key file to their hosts, restart launchers that get their keys from a variable, and try again; or rotate with --force.",
    },
  );
}

async function resealAll(work: {
  readonly store: Store;
  readonly vault: Vault;
  readonly due: readonly Proxy[];
  readonly onProgress: (done: number, total: number) => void;
}): Promise<void> {
  const refused: string[] = [];
  for (const [index, proxy] of work.due.entries()) {
    if (proxy.sealed === undefined) continue;
    const subject = { id: proxy.id, label: proxy.label, scheme: proxy.endpoint.scheme };
    const result = work.vault.reseal(proxy.sealed, subject);
    if (result.kind === "unopenable") refused.push(result.why);
    else await replace(work.store, proxy, result.sealed);
    work.onProgress(index + 1, work.due.length);
  }
  if (refused.length === 0) return;
  throw new CredentialUnopenableError(
    `${refused.length} of ${work.due.length} credentials cannot be opened; none was changed.\n${firstOf(refused, shownRefusals).join("\n")}`,
    {
      hint: "Add the missing key to the key file, or give those proxies their credential again with `launch proxy edit LABEL --proxy-user … --proxy-pass-stdin`.",
    },
  );
}

const shownRefusals = 20;

async function replace(store: Store, proxy: Proxy, sealed: NonNullable<Proxy["sealed"]>): Promise<void> {
  if (proxy.sealed !== undefined && (await store.proxies.replaceSealed(proxy.id, proxy.sealed.token, sealed)))
    return;
  throw new LaunchError(
    "LAUNCH_IN_USE",
    `Proxy "${proxy.label}" was edited meanwhile; nothing was changed.`,
    {
      hint: "Run `launch keys rotate` again.",
    },
  );
}
