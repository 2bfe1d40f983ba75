import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";

/** How connections through one exit went within `SwitchRules.slowBurnMs`. */
export interface ConnectionCounts {
  readonly good: number;
  readonly failed: number;
}

/**
 * Whether an exit that never fails for long fails too often: then it is left by a planned switch when it is quiet. Nobody else's
 * connections are seen here: that another exit does better is shown by its proof, before the bot moves.
 */
export function isSlowBurn({ good, failed }: ConnectionCounts, rules: SwitchRules): boolean {
  const all = good + failed;
  return all >= rules.slowBurnLeast && good / all < rules.slowBurnShare;
}
