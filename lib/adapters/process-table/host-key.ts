import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import type { ProcessIdentity } from "../../domain/run/lease.ts";

/** Names this host with its network, without telling which: another boot or network namespace is another host here. */
export function hostKeyOf({ machineId, bootId }: Pick<ProcessIdentity, "machineId" | "bootId">): string {
  const parts = [machineId, bootId, networkNamespace()];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

function networkNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/net");
  } catch {
    // No such thing on this system.
    return "";
  }
}
