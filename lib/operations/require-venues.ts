import type { VenueName } from "../domain/account.ts";
import { isKnownVenue, nearestVenue, venueNameOf } from "../domain/venue-names.ts";
import { UsageError } from "../errors.ts";
import type { Store } from "../ports/store/store.ts";

/**
 * The venues under the names by which they count, each once. A name that neither Slipway nor an account here knows is refused
 * with the nearest one, unless it is said to be new: as a venue of its own it would let two accounts share an exit.
 */
export async function requireVenues(
  store: Store,
  given: readonly VenueName[],
  isNewAllowed: boolean,
): Promise<readonly VenueName[]> {
  const venues = [...new Set(given.map((venue) => venueNameOf(venue) as VenueName))];
  const strange = venues.filter((venue) => !isKnownVenue(venue));
  if (strange.length === 0 || isNewAllowed) return venues;
  const stored = [...new Set((await store.accounts.list()).flatMap((account) => account.venues))];
  const [unknown] = strange.filter((venue) => !stored.includes(venue));
  if (unknown === undefined) return venues;
  const near = nearestVenue(unknown, stored);
  const question = near === undefined ? "" : `Did you mean "${near}"? `;
  throw new UsageError("LAUNCH_UNKNOWN_VENUE", `No venue is known as "${unknown}".`, {
    hint: `${question}If the venue is really new, add --new-venue.`,
  });
}
