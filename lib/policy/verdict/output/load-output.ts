import type { OutputRule } from "../../../domain/verdict/output-rule.ts";
import type { VenueBook } from "../venues/venue-book.ts";
import type { OutputRules } from "./output-rules.ts";

/** Loads what is built in and makes the rules; asked for with the first line that may tell something. */
export async function loadOutputRules(users: readonly OutputRule[], book: VenueBook): Promise<OutputRules> {
  const [{ builtInShapes }, { readOutputRules }] = await Promise.all([
    import("./built-in.ts"),
    import("./output-rules.ts"),
  ]);
  return readOutputRules(builtInShapes, users, book);
}
