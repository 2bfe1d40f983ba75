import type { VenueAnswer } from "../../lab/venue.ts";

/** One thing that a venue may answer, and what has to follow. */
export interface AnswerRow {
  readonly title: string;
  readonly answer: (nowMs: number) => VenueAnswer;
  /** What the bot printed. */
  readonly saw: RegExp;
  /** What its launcher says. */
  readonly said?: RegExp;
  /** What `launch events --account` says. */
  readonly told: RegExp;
  readonly outcome: "moves" | "stays";
}

const html = { "content-type": "text/html" };
const page = "<html><title>ERROR: The request could not be satisfied</title></html>";

/** Each is played to a bot on Node's fetch. */
export const answerRows: readonly AnswerRow[] = [
  {
    title: "a ban for two hours",
    answer: () => ({ status: 418, headers: { "retry-after": "7200" } }),
    saw: /^answer 418/,
    told: /reputation\.burned: .* is burned at binance for 2 h/,
    outcome: "moves",
  },
  {
    title: "a ban for a minute",
    answer: () => ({ status: 418, headers: { "retry-after": "60" } }),
    saw: /^answer 418/,
    said: /stays on .* where binance serves it again in/,
    told: /reputation\.burned: .* is burned at binance for 1 min/,
    outcome: "stays",
  },
  {
    title: "a ban whose end only the body names",
    answer: (nowMs) => ({
      status: 418,
      body: JSON.stringify({
        code: -1003,
        msg: `Way too much request weight used; IP banned until ${nowMs + 7_200_000}. Please use WebSocket Streams.`,
      }),
    }),
    saw: /^answer 418 .*IP banned until \d{13}/,
    told: /reputation\.burned: .* is burned at binance/,
    outcome: "moves",
  },
  {
    title: "a firewall's page, while another exit is served",
    answer: () => ({ status: 403, headers: html, body: page }),
    saw: /^answer 403/,
    told: /reputation\.burned: .* is burned at binance for \d+ min: Binance's web firewall refuses/,
    outcome: "moves",
  },
];
