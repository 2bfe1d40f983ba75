import { type Account, anyVenue, type VenueName } from "../domain/account.ts";
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
  await refuseUnknown(store, strange, "If the venue is really new, add --new-venue.");
  return venues;
}

/** The same for a venue of which something is said: that has to be one that is known. */
export async function requireVenue(store: Store, given: VenueName): Promise<VenueName> {
  const venue = venueNameOf(given) as VenueName;
  if (!isKnownVenue(venue)) await refuseUnknown(store, [venue], "`launch account ls` shows the venues.");
  return venue;
}

async function refuseUnknown(store: Store, strange: readonly VenueName[], advice: string): Promise<void> {
  const stored = [...new Set((await store.accounts.list()).flatMap((account) => account.venues))];
  const [unknown] = strange.filter((venue) => !stored.includes(venue));
  if (unknown === undefined) return;
  const near = nearestVenue(unknown, stored);
  const question = near === undefined ? "" : `Did you mean "${near}"? `;
  throw new UsageError("LAUNCH_UNKNOWN_VENUE", `No venue is known as "${unknown}".`, {
    hint: `${question}${advice}`,
  });
}

/** The venue of the account that is meant: the one that is named, or its only one. Rejects where it does not trade there. */
export async function requireVenueOf(
  store: Store,
  { name, venues }: Pick<Account, "name" | "venues">,
  named: VenueName | undefined,
): Promise<VenueName> {
  const trades = venues.includes(anyVenue) ? "may trade anywhere" : `trades at ${venues.join(", ")}`;
  const [only, ...others] = venues;
  if (named === undefined) {
    if (only !== undefined && only !== anyVenue && others.length === 0) return only;
    throw new UsageError("LAUNCH_INVALID_VALUE", `${name} ${trades}: which venue is meant?`, {
      hint: "Name it with --venue NAME.",
    });
  }
  const venue = await requireVenue(store, named);
  if (venues.includes(venue) || venues.includes(anyVenue)) return venue;
  throw new UsageError("LAUNCH_INVALID_VALUE", `${name} does not trade at ${venue}: it ${trades}.`, {
    hint: `Name one of its venues with --venue ${only ?? "NAME"}.`,
  });
}
