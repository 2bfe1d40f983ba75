import type { TierProbe } from "../ports/spawner.ts";

/** Which tiers work on this host. */
export function tierProbe(): TierProbe {
  return {
    async probe(tier) {
      if (tier !== "kernel") return { kind: "works" };
      const why = "it is not part of this version.";
      return { kind: "refused", why, hint: "Use `--isolation preload` for a Node bot." };
    },
  };
}
