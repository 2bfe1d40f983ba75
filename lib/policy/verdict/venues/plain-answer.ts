import type { VenueName } from "../../../domain/account.ts";
import type { Classified } from "../../../domain/verdict/answer-class.ts";
import type { VenueAnswer } from "../../../domain/verdict/venue-answer.ts";
import { isSuccess, type VenueHosts, venueOfHost } from "../../../domain/verdict/venue-hosts.ts";

/**
 * What a plain success means, which most answers are: no rule has to be loaded for it. `rules` for every other answer of a known
 * venue, undefined for a host of none.
 */
export function plainAnswer(answer: VenueAnswer, hosts: VenueHosts): Classified | "rules" | undefined {
  const venue = venueOfHost(answer.host, hosts);
  if (venue === undefined) return undefined;
  const isPlain = isSuccess(answer.status) && answer.body === undefined && !hosts.hasRulesForSuccess;
  return isPlain ? successAt(venue, answer, hosts) : "rules";
}

/** What a success means that no rule speaks of. */
export function successAt(
  venue: VenueName,
  { status, isSigned }: Pick<VenueAnswer, "status" | "isSigned">,
  { accepting }: VenueHosts,
): Classified {
  const plain = { venue, rule: `status/${status}`, untilAt: undefined, namedIp: undefined };
  if (isSigned && accepting.has(venue) && status >= 200 && status <= 299)
    return { ...plain, class: "accepted", text: `${venue} accepted a signed request.` };
  return { ...plain, class: "ok", text: `${venue} answered.` };
}
