import type { Brand } from "../brand.ts";
import type { AccountId } from "../ids.ts";

/** A bot or collector in the database: `bot:<account id>` or `collector:<name>`. */
export type UnitKey = Brand<string, "UnitKey">;

/** Names an account's bot; the account keeps the key when it is renamed, exported and imported. */
export function botKey(id: AccountId): UnitKey {
  return `bot:${id}` as UnitKey;
}

/** Names a collector. */
export function collectorKey(name: string): UnitKey {
  return `collector:${name}` as UnitKey;
}
