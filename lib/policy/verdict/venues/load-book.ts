import type { VenueName } from "../../../domain/account.ts";
import type { VenueEntry } from "../../../domain/verdict/venue-entry.ts";
import type { VenueBook } from "./venue-book.ts";

/**
 * Loads what is built in for these venues and makes the book; asked for only when an answer is no plain success, a printed line
 * may tell of a refusal, or a venue is to be probed.
 */
export async function loadVenueBook(
  venues: readonly VenueName[],
  users: readonly VenueEntry[],
): Promise<VenueBook> {
  const [{ builtInVenues }, { readVenueBook }] = await Promise.all([
    import("./built-in.ts"),
    import("./venue-book.ts"),
  ]);
  const liked = users.flatMap(({ like }) => (like === undefined ? [] : [like as VenueName]));
  return readVenueBook(await builtInVenues([...venues, ...liked]), users);
}
