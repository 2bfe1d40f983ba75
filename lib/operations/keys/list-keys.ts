import type { SealedFile } from "../../domain/alerts/notify-settings.ts";
import type { KeyId } from "../../domain/ids.ts";
import { LaunchError, UsageError } from "../../errors.ts";
import type { Operator } from "../operator.ts";

export interface ListedKey {
  readonly keyId: KeyId;
  /**
   * `newest` seals what comes, `older` only opens, `missing` sealed rows and is not held here, `unknown` (empty id) stands
   * for adopted rows, whose key nobody wrote down.
   */
  readonly role: "newest" | "older" | "missing" | "unknown";
  /** Credentials in the database that it sealed. */
  readonly rows: number;
}

/** The keys held here, newest first, then those that rows name but nobody here holds. */
export async function listKeys(operator: Operator): Promise<readonly ListedKey[]> {
  const vault = await operator.openVault();
  const use = await operator.store.proxies.keyUse();
  const held = vault.keyIds.map((keyId, index) => ({
    keyId,
    role: index === 0 ? ("newest" as const) : ("older" as const),
    rows: use.get(keyId) ?? 0,
  }));
  const missing = [...use]
    .filter(([keyId]) => !vault.keyIds.includes(keyId))
    .map(([keyId, rows]) => ({
      keyId,
      role: keyId === "" ? ("unknown" as const) : ("missing" as const),
      rows,
    }));
  return [...held, ...missing];
}

/** Names the held key that begins with the text and that nothing needs; rejects when a row or a sealed file uses it or when it is the newest. */
export async function requireRetirable(
  operator: Operator,
  text: string,
  files: readonly SealedFile[] = [],
): Promise<KeyId> {
  const keys = await listKeys(operator);
  const found = keys.filter(({ keyId, role }) => isHeld(role) && keyId.startsWith(text.toLowerCase()));
  const key = found[0];
  if (key === undefined || found.length > 1) {
    const held = keys.filter(({ role }) => isHeld(role)).map(({ keyId }) => keyId);
    throw new UsageError(
      "LAUNCH_INVALID_VALUE",
      found.length > 1 ? `"${text}" names ${found.length} keys.` : `There is no key "${text}" here.`,
      { hint: `Held are: ${held.join(", ")}.` },
    );
  }
  if (key.role === "newest") {
    throw new LaunchError(
      "LAUNCH_IN_USE",
      `Key ${key.keyId} is the newest: new credentials are sealed with it.`,
      {
        hint: "Make a newer one with `launch keys new`, run `launch keys rotate`, then retire this one.",
      },
    );
  }
  if (key.rows > 0) {
    throw new LaunchError(
      "LAUNCH_IN_USE",
      `${key.rows} credentials are still sealed with key ${key.keyId}.`,
      {
        hint: "Run `launch keys rotate` first.",
      },
    );
  }
  const sealed = files.filter(({ keyId }) => keyId === key.keyId).map(({ path }) => path);
  if (sealed.length > 0) {
    throw new LaunchError("LAUNCH_IN_USE", `${sealed.join(", ")} is still sealed with key ${key.keyId}.`, {
      hint: `Run \`launch notify seal ${sealed[0]}\` first: it seals anew with the newest key.`,
    });
  }
  return key.keyId;
}

function isHeld(role: ListedKey["role"]): boolean {
  return role === "newest" || role === "older";
}
