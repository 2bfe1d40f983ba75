import type { SwitchRules } from "../../../domain/reputation/switch-rules.ts";
import { channelWeights, type EvidenceChannel } from "../../../domain/verdict/answer-class.ts";
import type { AnswerFacts, SeenAnswer } from "./answer-facts.ts";

/** Whether what a venue seems to hold against an exit counts, or what has to be asked first. */
export type Confirmation = "confirmed" | "refuted" | "too-few" | "ask-exit" | "ask-candidate";

const refusals: readonly string[] = ["ip_banned", "waf_blocked", "geo_blocked"];

const botsChannels: readonly EvidenceChannel[] = ["inside", "output", "report"];

/** Whether a class says of an exit that the venue refuses it. */
export function isRefusal(kind: string): boolean {
  return refusals.includes(kind);
}

/**
 * One explicit refusal that was seen well is enough, or two that were seen badly and independently, a probe of ours
 * through the same exit being one. A firewall's block counts when
 * it comes again and the venue serves a candidate at the same time. An exit on probation is believed nothing.
 * Before a page that nobody read counts as anything, the venue is asked through the same exit what stands there.
 */
export function confirmationOf(
  seen: SeenAnswer,
  facts: AnswerFacts,
  { isOnProbation, rules }: { readonly isOnProbation: boolean; readonly rules: SwitchRules },
): Confirmation {
  const { probes } = facts;
  if (seen.classified.class === "waf_blocked") {
    if (!isOnProbation && timesOf(seen, facts, rules) < rules.repeats) return "too-few";
    if (isUnreadPage(seen) && probes.exit === "unasked") return "ask-exit";
    if (probes.candidate === "unasked") return "ask-candidate";
    return probes.candidate === "passed" ? "confirmed" : "refuted";
  }
  if (isUnreadPage(seen) && probes.exit === "unasked") return "ask-exit";
  // A block of the country has no end, so a bot's own word for it is not enough.
  const isEndless = seen.classified.class === "geo_blocked" && seen.channel === "report";
  const isStrong = !isEndless && channelWeights[seen.channel] >= rules.strongWeight;
  if (isStrong || isOnProbation || isSeconded(seen, facts, rules)) return "confirmed";
  if (probes.exit === "unasked") return "ask-exit";
  return probes.exit === "failed" ? "confirmed" : "refuted";
}

/** Whether nobody but the bot says so: what it sends on its socket, and what it prints, anything in it may have made up. */
export function isBotsWord({ channel }: SeenAnswer, { probes }: AnswerFacts): boolean {
  return botsChannels.includes(channel) && probes.exit !== "failed";
}

// Bodies are never read inside a bot, and venues refuse a country with the same status as an address: to leave would go round that.
function isUnreadPage({ answer }: SeenAnswer): boolean {
  return answer?.status === 403 && answer.body === undefined;
}

// What an answer is counted with is told by when it came, not by when its turn came to be judged.
function timesOf(seen: SeenAnswer, { earlier }: AnswerFacts, rules: SwitchRules): number {
  const same = earlier.filter(
    ({ kind, at }) => kind === seen.classified.class && at > seen.at - rules.repeatsWithinMs,
  );
  return same.reduce((sum, { times }) => sum + times, seen.times);
}

// Two lines of one channel may be one mistake said twice.
function isSeconded(seen: SeenAnswer, { earlier }: AnswerFacts, { confirmWithinMs }: SwitchRules): boolean {
  return earlier.some(
    ({ channel, kind, at }) => channel !== seen.channel && isRefusal(kind) && at > seen.at - confirmWithinMs,
  );
}
