import type { ProcessIdentity } from "../../domain/run/lease.ts";

/** Says whether the identity lives, asking `startTicks` only when its pid means something beside `self`. */
export function judgeBy(
  self: ProcessIdentity,
  startTicks: (pid: number) => number | undefined,
  identity: ProcessIdentity,
): "alive" | "dead" | "elsewhere" {
  const isHere =
    identity.machineId === self.machineId &&
    identity.bootId === self.bootId &&
    identity.pidNamespace === self.pidNamespace;
  if (!isHere) return "elsewhere";
  return startTicks(identity.pid) === identity.startTicks ? "alive" : "dead";
}
