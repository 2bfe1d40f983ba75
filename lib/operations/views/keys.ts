import type { ListedKey } from "../keys/list-keys.ts";

/** The answer of `launch keys ls --json`: the ids of the keys, never the keys. */
export function keysView(place: string, keys: readonly ListedKey[]) {
  return { version: 1, place, keys: keys.map(({ keyId, role, rows }) => ({ key_id: keyId, role, rows })) };
}
