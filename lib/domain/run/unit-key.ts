import type { Brand } from "../brand.ts";
import type { AccountId } from "../ids.ts";

/** What a run is of. */
export type UnitRef =
  | { readonly kind: "bot"; readonly accountId: AccountId; readonly name: string }
  | { readonly kind: "collector"; readonly name: string };

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

/** Names what a run is of. */
export function unitKeyOf(unit: UnitRef): UnitKey {
  return unit.kind === "bot" ? botKey(unit.accountId) : collectorKey(unit.name);
}
