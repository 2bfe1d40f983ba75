import type { Instant } from "../time.ts";

/** The headers that a classifier may read, in lower case; nothing else of an answer's head ever leaves a bot. */
export const answerHeaders = [
  "retry-after",
  "date",
  "server",
  "cf-ray",
  "cf-mitigated",
  "content-type",
  "x-bapi-limit-reset-timestamp",
  "x-mbx-used-weight-1m",
  "ratelimit-reset",
  "x-ratelimit-reset",
] as const;

export type AnswerHeader = (typeof answerHeaders)[number];

/** What a venue's server answered, as far as it may be looked at. */
export interface VenueAnswer {
  /** Lower case, without a port. */
  readonly host: string;
  /** The HTTP status, 101 for an accepted WebSocket; 0 where only a text is known (a line of the bot's output). */
  readonly status: number;
  readonly headers: Readonly<Partial<Record<AnswerHeader, string>>>;
  /** At most 2 KiB; only of our own probes, of a line of the bot's output and of reports: bodies are never read inside a bot. */
  readonly body: string | undefined;
  /** The request carried a signature or a key, told by the names of its headers or parameters; values are never read. */
  readonly isSigned: boolean;
  /** How many equal answers this one stands for. */
  readonly times: number;
  readonly at: Instant;
}
