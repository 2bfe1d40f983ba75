import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { UnitWish } from "../../domain/run/unit-wish.ts";

/** What operators want of bots and collectors. */
export interface UnitStore {
  /** Undefined when nobody has said anything: wanted up. */
  wish(key: UnitKey): Promise<UnitWish | undefined>;
  /** Those of the units named; of all without a filter. By key. */
  wishes(keys?: readonly UnitKey[]): Promise<readonly UnitWish[]>;
  /** The last word counts. */
  want(wish: Omit<UnitWish, "at">): Promise<void>;
}
