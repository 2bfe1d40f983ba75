import type { SwitchRules } from "../../domain/reputation/switch-rules.ts";

/** How connections through one exit went within `SwitchRules.slowBurnMs`. */
export interface ConnectionCounts {
  readonly good: number;
  readonly failed: number;
}

/**
 * Whether an exit that never fails for long fails too often: then it is left by a planned switch when it is quiet, provided that others
 * do better. Where the whole pool is as bad, a switch would change nothing.
 */
export function isSlowBurn(
  own: ConnectionCounts,
  others: readonly ConnectionCounts[],
  rules: SwitchRules,
): boolean {
  if (own.good + own.failed < rules.slowBurnLeast || shareOf(own) >= rules.slowBurnShare) return false;
  return others.some((other) => shareOf(other) >= rules.slowBurnShare);
}

function shareOf({ good, failed }: ConnectionCounts): number {
  return good + failed === 0 ? 1 : good / (good + failed);
}
