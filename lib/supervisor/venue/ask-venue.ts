import type { VenueName } from "../../domain/account.ts";
import type { Classified } from "../../domain/verdict/answer-class.ts";
import { classify } from "../../policy/verdict/classify.ts";
import type { VenueProbe } from "../../ports/exit-witness.ts";
import type { Relay } from "../../ports/relay.ts";
import type { VenueKnowledge } from "../evidence/venue-knowledge.ts";
import { unlessGivenUp } from "../waits/unless-given-up.ts";

const askTimeoutMs = 5_000;

/** What a venue said to a probe of ours. `unknown`: there is no address to ask it at. */
export type VenueWord =
  | { readonly kind: "answered"; readonly classified: Classified; readonly isServed: boolean }
  | { readonly kind: "silent"; readonly why: string }
  | { readonly kind: "unknown" };

/** Asks a venue without any key whether it serves the exit that the relay leads through; rejects at once when the signal aborts. */
export async function askVenue(
  { venueProbe, knowledge }: { readonly venueProbe: VenueProbe; readonly knowledge: VenueKnowledge },
  venue: VenueName,
  { relay, signal }: { readonly relay: Pick<Relay, "dial">; readonly signal: AbortSignal },
): Promise<VenueWord> {
  const book = await knowledge.book([venue]);
  const url = book.venues.get(venue)?.probe;
  if (url === undefined) return { kind: "unknown" };
  const asked = await unlessGivenUp(signal, venueProbe.ask(url, relay.dial.bind(relay), askTimeoutMs));
  if (asked.kind === "failed") return { kind: "silent", why: asked.failure.message };
  // A user's probe may lie at a host that nobody else knows as the venue's.
  const classified = classify(asked.answer, book) ?? plain(venue, asked.answer.status);
  return {
    kind: "answered",
    classified,
    isServed: classified.class === "ok" || classified.class === "accepted",
  };
}

function plain(venue: VenueName, status: number): Classified {
  const isGood = status >= 200 && status < 400;
  return {
    venue,
    class: isGood ? "ok" : "unknown",
    rule: `status/${status}`,
    untilAt: undefined,
    namedIp: undefined,
    text: `${venue} answered a probe with HTTP ${status}.`,
  };
}
