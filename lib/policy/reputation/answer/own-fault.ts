import type { SwitchRules } from "../../../domain/reputation/switch-rules.ts";
import type { Instant } from "../../../domain/time.ts";
import type { AnswerFacts } from "./answer-facts.ts";

/** Whether the bot earned the ban itself: it was limited just before, or bans follow it from exit to exit. */
export function isOwnFault(
  { account, earlier, burnsOfDay, exit }: AnswerFacts,
  { ownFaultMs }: SwitchRules,
  now: Instant,
): boolean {
  const wasLimited = earlier.some(
    ({ accountId, kind, at }) => accountId === account.id && kind === "rate_limited" && at > now - ownFaultMs,
  );
  // Strangers on the same exit may have earned the ones before.
  return wasLimited || (burnsOfDay > 0 && !exit.isShared);
}

/** How long a bot that earned a ban is stopped before it leaves: twice as long with each one of a day. */
export function backOffOf(
  { burnsOfDay }: Pick<AnswerFacts, "burnsOfDay">,
  { backOffMs, backOffCapMs }: SwitchRules,
): number {
  return Math.min(backOffCapMs, backOffMs * 2 ** burnsOfDay);
}
