import { describe, expect, test } from "vitest";
import { anyVenue } from "../../../../lib/domain/account.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { builtInShapes } from "../../../../lib/policy/verdict/output/built-in.ts";
import { mayTell } from "../../../../lib/policy/verdict/output/may-tell.ts";
import { matchOutput, readOutputRules } from "../../../../lib/policy/verdict/output/output-rules.ts";
import { builtInVenues } from "../../../../lib/policy/verdict/venues/built-in.ts";
import { readVenueBook } from "../../../../lib/policy/verdict/venues/venue-book.ts";
import { cameAt } from "./recorded-answers.ts";

const rules = readOutputRules(builtInShapes, [], readVenueBook(await builtInVenues([anyVenue]), []));
const read = (line: string) => matchOutput({ line, at: instant(cameAt), onlyVenue: undefined }, rules);
const banned = '{"code":-1003,"msg":"Way too much request weight used; IP banned until 1780000600000."}';

describe("a line is read the same however a log dresses it", () => {
  const escape = "\u001b";
  const dressed: Readonly<Record<string, (line: string) => string>> = {
    "with a colour on each number": (line) =>
      line.replaceAll(/\d{3,}/g, `${escape}[38;5;208m$&${escape}[39m`),
    "with colours of another form": (line) =>
      line.replaceAll(/\d{3,}/g, `${escape}[38:2::255:0:0m$&${escape}[m`),
    "with colours around keys": (line) => line.replaceAll(/"\w+":/g, `${escape}[34m$&${escape}[0m`),
    "with bold words": (line) => line.replaceAll(/ (until|for|not) /g, ` ${escape}[1m$1${escape}[22m `),
    "on a line that was erased": (line) => `${escape}[2K${escape}[1G${line}${escape}[K`,
    "with links": (line) =>
      line.replaceAll(/https:[^\s'"]+/g, `${escape}]8;;$&${escape}\\$&${escape}]8;;\u0007`),
    "behind the progress that it overwrites": (line) => `10 %\r99 %\r${line}`,
    "within JSON": (line) => JSON.stringify({ level: 50, msg: line }),
    "within JSON within JSON": (line) =>
      JSON.stringify({ log: JSON.stringify({ msg: line }), stream: "stderr" }),
    "four times within JSON": (line) => [1, 2, 3, 4].reduce((inner) => JSON.stringify({ inner }), line),
  };
  const lines = [
    `binance GET https://api.binance.com/api/v3/account 418 I'm a teapot ${banned}`,
    `okx {"code":"50110","data":[],"msg":"Your IP 203.0.113.9 is not included in your API key's whitelist"}`,
    `kraken {"error":["EGeneral:Too many requests"]}`,
    `gate {"label":"IP_FORBIDDEN","message":"request IP not in whitelist: 203.0.113.9"}`,
    "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.bybit.com/v5/order/create",
    "InputException: IP (203.0.113.9) is not allowed to place orders for this app",
  ];
  test.each(Object.entries(dressed))("%s", (_name, dress) => {
    for (const line of lines) {
      expect(mayTell(dress(line), []), line).toBe(true);
      expect(read(dress(line)), line).toEqual(read(line));
      expect(read(line)).toBeDefined();
    }
  });
});
