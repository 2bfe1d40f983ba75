import type { AccountId } from "../../domain/ids.ts";
import { nearestName } from "../../domain/nearest-name.ts";
import type { Store } from "../../ports/store/store.ts";

/** Says that an account is the first of its group, with the group that a mistyped name may have meant; undefined when others are in it. */
export async function newGroup(
  store: Store,
  group: string | undefined,
  own: AccountId,
): Promise<string | undefined> {
  if (group === undefined) return undefined;
  const others = (await store.accounts.list()).filter(({ id }) => id !== own);
  const groups = [...new Set(others.flatMap(({ groupName }) => groupName ?? []))];
  if (groups.includes(group)) return undefined;
  const near = nearestName(group, groups);
  return `first account of group ${group}${near === undefined ? "" : `; near: ${near}`}`;
}
