import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import type { World } from "../world.ts";

/** Whether that process of a launcher lives. */
export function isLiving(world: World, identity: ProcessIdentity): boolean {
  const present = world.machines.find(({ host }) => host === identity.host)?.present;
  return present !== undefined && present.identity.pid === identity.pid;
}
