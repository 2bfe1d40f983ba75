import type { TierProbe } from "../ports/spawner.ts";
import type { KernelTier } from "./kernel-tier.ts";

/** Which tiers work on this host: the kernel's by a real try, the others by their nature. */
export function tierProbe(kernel: Pick<KernelTier, "probe">): TierProbe {
  return {
    async probe(tier) {
      if (tier !== "kernel") return { kind: "works" };
      if (process.platform === "linux") return kernel.probe(tier);
      const why = "it needs Linux.";
      return { kind: "refused", why, hint: "Use `--isolation preload` for a Node bot." };
    },
  };
}
