// The strongest first.
const tiers = ["kernel", "preload", "env"] as const;
/** An enforcement tier. */
export type Tier = (typeof tiers)[number];
/** What an operator may ask for: a tier by name, or the strongest that works here. */
export const isolationWishes = ["auto", ...tiers] as const;
export type IsolationWish = (typeof isolationWishes)[number];

/** The tier as the ready line and `ps` print it: `env` never looks like a promise. */
export function describeTier(tier: Tier): string {
  return tier === "env" ? "env · not enforced" : tier;
}
