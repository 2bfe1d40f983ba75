import { createHash } from "node:crypto";
import type { ProcessIdentity } from "../../domain/run/lease.ts";
import { linkAt } from "../host-files/read-if-there.ts";

/** Names this host with its network, without telling which: another boot or network namespace is another host here. */
export function hostKeyOf({ machineId, bootId }: Pick<ProcessIdentity, "machineId" | "bootId">): string {
  // There is no such thing on every system.
  const networkNamespace = linkAt("/proc/self/ns/net") ?? "";
  const parts = [machineId, bootId, networkNamespace];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}
