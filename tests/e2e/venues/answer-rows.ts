import type { VenueAnswer } from "../../lab/venue.ts";

/** One thing that a venue may answer, and what has to follow. */
export interface AnswerRow {
  readonly title: string;
  readonly answer: (nowMs: number) => VenueAnswer;
  /** Played in every run; the others only in the full size. */
  readonly isShort?: boolean;
  readonly venue?: "binance" | "okx";
  /** The venue answers so through both exits of the bot; else only through the one it is on. */
  readonly isEverywhere?: boolean;
  /** The country that the account is allowed to trade from; its proxies are said to stand in the US. */
  readonly country?: string;
  /** Only the body tells what it is: the bot's own line has to say it. */
  readonly needsBody?: boolean;
  /** What the bot printed. */
  readonly saw: RegExp;
  /** What its launcher says. */
  readonly said?: RegExp;
  /** What `launch events --account` says. */
  readonly told?: RegExp;
  /** What `launch why` says afterwards, its lines joined. */
  readonly why: RegExp;
  readonly outcome: "moves" | "stays" | "stops";
}

const html = { "content-type": "text/html" };
const page = "<html><title>ERROR: The request could not be satisfied</title></html>";

/** Each is met by a bot on every client that can see it. */
export const answerRows: readonly AnswerRow[] = [
  {
    title: "a refused key, or an address that is not on its list (-2015)",
    answer: () => ({
      status: 401,
      body: JSON.stringify({ code: -2015, msg: "Invalid API-key, IP, or permissions for action." }),
    }),
    needsBody: true,
    saw: /^answer 401 .*-2015/,
    told: /account\.key_refused: .*Check the API key and its permissions\. .*127\.0\.0\.\d/,
    why: / runs\..*It was started there.*Check the API key and its permissions/,
    outcome: "stays",
  },
  {
    title: "a key that knows other addresses (50110)",
    answer: () => ({
      status: 401,
      body: JSON.stringify({ code: "50110", msg: "Your IP is not included in your API key's IP whitelist." }),
    }),
    venue: "okx",
    needsBody: true,
    isShort: true,
    saw: /^answer 401 .*50110/,
    told: /acceptance\.refused: .*is refused at okx for .*127\.0\.0\.\d/,
    why: / runs\..*is refused at okx/,
    outcome: "stays",
  },
  {
    title: "a ban for a minute",
    answer: () => ({ status: 418, headers: { "retry-after": "60" } }),
    saw: /^answer 418/,
    said: /stays on .* where binance serves it again in/,
    told: /reputation\.burned: .* is burned at binance for 1 min/,
    why: / waits until .*: a venue asked for a pause, and its exit is kept\./,
    outcome: "stays",
  },
  {
    title: "Cloudflare's limit (1015)",
    answer: () => ({ status: 429, headers: { ...html, server: "cloudflare" }, body: "error code: 1015" }),
    saw: /^answer 429/,
    said: /stays on .*(?:Cloudflare limits this address|request weight)/,
    told: /reputation\.limited: .* is rate-limited at binance/,
    why: / waits until .*: a venue asked for a pause, and its exit is kept\./,
    outcome: "stays",
  },
  {
    title: "a firewall's page on every exit",
    answer: () => ({ status: 403, headers: html, body: page }),
    isEverywhere: true,
    saw: /^answer 403/,
    why: / runs\. .*It was started there\..*waf blocked at/,
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
    needsBody: true,
    saw: /^answer 418 .*IP banned until \d{13}/,
    // Whatever was told first, the history ends up with the time that the body names.
    told: /reputation\.burned: .* is burned at binance for [12] h/,
    // The status alone may be judged a moment before the line; the time is the line's all the same.
    why: /It came there because: \S+ was left: Binance has banned this address for a time\..*next try in [12] h/,
    outcome: "moves",
  },
  {
    title: "a firewall's page, while another exit is served",
    answer: () => ({ status: 403, headers: html, body: page }),
    saw: /^answer 403/,
    told: /reputation\.burned: .* is burned at binance for \d+ min: Binance's web firewall refuses/,
    why: /It came there because: \S+ was left: Binance's web firewall refuses this address\./,
    outcome: "moves",
  },
  {
    title: "a country that is not served, where the account allows that of another exit",
    answer: () => ({ status: 451 }),
    country: "US",
    saw: /^answer 451/,
    told: /reputation\.geo_blocked: .* is in a place that is not served/,
    why: /It came there because: \S+ was left: Binance does not serve the country of this address\./,
    outcome: "moves",
  },
  {
    title: "a ban for two hours",
    answer: () => ({ status: 418, headers: { "retry-after": "7200" } }),
    isShort: true,
    saw: /^answer 418/,
    told: /reputation\.burned: .* is burned at binance for 2 h/,
    why: / runs\. .*It came there because: \S+ was left: Binance has banned this address for a time\./,
    outcome: "moves",
  },
  {
    title: "a country that is not served, where no country was declared",
    answer: () => ({ status: 451 }),
    saw: /^answer 451/,
    said: /Declare from which countries the account may trade at binance/,
    told: /reputation\.geo_blocked: .* is in a place that is not served/,
    why: / has no exit that it may use, so its bot does not run\..*Declare from which countries/,
    outcome: "stops",
  },
];
