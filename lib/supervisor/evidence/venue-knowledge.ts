import type { VenueName } from "../../domain/account.ts";
import type { LauncherSettings } from "../../domain/run/run-settings.ts";
import { type VenueHosts, venueHosts } from "../../domain/verdict/venue-hosts.ts";
import { loadOutputRules } from "../../policy/verdict/output/load-output.ts";
import { mayTell } from "../../policy/verdict/output/may-tell.ts";
import type { OutputRules } from "../../policy/verdict/output/output-rules.ts";
import { loadVenueBook } from "../../policy/verdict/venues/load-book.ts";
import type { VenueBook } from "../../policy/verdict/venues/venue-book.ts";

/** What users added (`venues`, `venue_files` and `output_rules` of launch.yaml). */
type UserKnowledge = Pick<LauncherSettings, "venues" | "outputRules">;

/** What a launcher knows of venues' answers: each part is loaded when it is first needed, once. */
export class VenueKnowledge {
  readonly #users: UserKnowledge;
  readonly #userLines: readonly RegExp[];
  readonly #books = new Map<string, Promise<VenueBook>>();
  readonly #output = new Map<string, Promise<OutputRules>>();
  #hosts: VenueHosts | undefined;

  constructor(users: UserKnowledge) {
    this.#users = users;
    this.#userLines = users.outputRules.map(({ line }) => new RegExp(line, "i"));
  }

  hosts(): VenueHosts {
    this.#hosts ??= venueHosts(this.#users.venues);
    return this.#hosts;
  }

  /** The rules for an account's venues. */
  book(venues: readonly VenueName[]): Promise<VenueBook> {
    return once(this.#books, venues.join(" "), () => loadVenueBook(venues, this.#users.venues));
  }

  /** How the bot of an account of these venues prints refusals. */
  outputRules(venues: readonly VenueName[]): Promise<OutputRules> {
    return once(this.#output, venues.join(" "), async () =>
      loadOutputRules(this.#users.outputRules, await this.book(venues)),
    );
  }

  /** Whether a printed text may tell of a refusal. */
  mayTell(text: string): boolean {
    return mayTell(text, this.#userLines);
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const made = known.get(key) ?? make();
  known.set(key, made);
  return made;
}
