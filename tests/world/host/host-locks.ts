import type { RunId } from "../../../lib/domain/ids.ts";
import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import type { HostLockHolder, HostLocks } from "../../../lib/ports/host/host-lock.ts";

/** Who holds what on one host, by the key of the lock. */
export type HeldLocks = Map<
  string,
  { readonly holder: HostLockHolder | undefined; readonly left: readonly RunId[] }
>;

/** The locks of a host, which fall with the launcher that holds them. */
export function hostLocks(held: HeldLocks, isLiving: (launcher: ProcessIdentity) => boolean): HostLocks {
  return {
    async take(key, holder) {
      const name = JSON.stringify(key);
      const present = held.get(name);
      const other = present?.holder;
      if (other !== undefined && isLiving(other.launcher))
        return { kind: "taken", holder: other, place: "/locks" };
      const left = [...(present?.left ?? []), ...(other === undefined ? [] : [other.runId])];
      held.set(name, { holder, left });
      return {
        kind: "held",
        lock: {
          left,
          release: (mayLive) => {
            if (held.get(name)?.holder === holder) held.set(name, { holder: undefined, left: mayLive });
          },
        },
      };
    },
  };
}
