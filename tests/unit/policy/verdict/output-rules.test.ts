import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyVenue, type VenueName } from "../../../../lib/domain/account.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { OutputRule } from "../../../../lib/domain/verdict/output-rule.ts";
import { builtInShapes } from "../../../../lib/policy/verdict/output/built-in.ts";
import { mayTell } from "../../../../lib/policy/verdict/output/may-tell.ts";
import { matchOutput, readOutputRules } from "../../../../lib/policy/verdict/output/output-rules.ts";
import { builtInVenues } from "../../../../lib/policy/verdict/venues/built-in.ts";
import { readVenueBook } from "../../../../lib/policy/verdict/venues/venue-book.ts";
import { fuzzed, longTexts, textOf } from "../../../support/fuzz/fuzz.ts";
import { cameAt, recorded } from "./recorded-answers.ts";

const builtIn = await builtInVenues([anyVenue]);
const book = readVenueBook(builtIn, []);
const rules = readOutputRules(builtInShapes, [], book);
const at = instant(cameAt);

/** As a launcher reads a line: what the first look lets through is looked at again. */
function read(line: string, users: readonly OutputRule[] = [], onlyVenue?: string) {
  const ready = users.length === 0 ? rules : readOutputRules(builtInShapes, users, book);
  const isLetThrough = mayTell(
    line,
    ready.users.map((rule) => rule.line),
  );
  const found = matchOutput({ line, at, onlyVenue: onlyVenue as VenueName | undefined }, ready);
  // What the first look misses is never found.
  expect(isLetThrough || found === undefined, line).toBe(true);
  return found;
}

const banned = '{"code":-1003,"msg":"Way too much request weight used; IP banned until 1780000600000."}';

test("what is printed at once is looked at to its end, and a user's rule sees each line of it without colours", () => {
  const prices = "price 1.0001\n".repeat(1_000);
  expect(mayTell(`${prices}${banned}\n`, [])).toBe(true);
  expect(mayTell(prices, [/^BANNED/])).toBe(false);
  expect(mayTell(`${prices}\u001b[31mBANNED\u001b[0m\n`, [/^BANNED$/])).toBe(true);
  const status = "binance GET https://api.binance.com/api/v3/time \u001b[31m403\u001b[0m Forbidden <html>";
  expect(read(status)).toMatchObject({ venue: "binance", class: "waf_blocked" });
});

test("a line that tells of what another exit would not mend says nothing", () => {
  const asked = "ExchangeNotAvailable: binance GET https://api.binance.com/api/v3/time 403 Forbidden";
  expect(read(`${asked} <html>`)?.class).toBe("waf_blocked");
  expect(read(`${asked} error code: 1010`)).toBeUndefined();
});

test("a line is read as it would be without its colours", () => {
  const asked = "\u001b[31mbinance GET https://api.binance.com/api/v3/time 403\u001b[0m Forbidden <html>";
  expect(read(asked)).toMatchObject({ venue: "binance", class: "waf_blocked" });
});

describe("a printed line that tells of a refusal", () => {
  test.each([
    // ccxt, in Python and in Node
    [`ccxt.base.errors.DDoSProtection: binance 418 I'm a teapot ${banned}`, "binance", "ip_banned", 600],
    [`DDoSProtection [Error]: binance 418 I'm a teapot ${banned}`, "binance", "ip_banned", 600],
    [
      `binance GET https://api.binance.com/api/v3/time 418 I'm a teapot ${banned}`,
      "binance",
      "ip_banned",
      600,
    ],
    [
      "ExchangeNotAvailable: binance GET https://api.binance.com/api/v3/exchangeInfo 451  ",
      "binance",
      "geo_blocked",
    ],
    [
      "ccxt.base.errors.ExchangeNotAvailable: binanceusdm GET https://fapi.binance.com/fapi/v1/time 403 Forbidden <html>",
      "binance",
      "waf_blocked",
    ],
    [
      'ccxt.base.errors.RateLimitExceeded: binance {"code":-1003,"msg":"Too many requests."}',
      "binance",
      "rate_limited",
    ],
    [
      'AuthenticationError: binance {"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}',
      "binance",
      "ambiguous",
    ],
    [
      'ccxt.base.errors.AuthenticationError: bybit {"retCode":10009,"retMsg":"IP has been banned."}',
      "bybit",
      "ip_banned",
    ],
    [
      'ccxt.base.errors.PermissionDenied: bybit {"retCode":10010,"retMsg":"Unmatched IP, please check"}',
      "bybit",
      "not_registered",
    ],
    [
      '\u001b[31mPermissionDenied\u001b[0m: okx {"msg":"Your IP 203.0.113.7 is not included in your API key\'s IP whitelist.","code":"50110"}',
      "okx",
      "not_registered",
    ],
    [
      'ccxt.base.errors.DDoSProtection: kraken {"error":["EGeneral:Temporary lockout"]}',
      "kraken",
      "account_blocked",
      900,
    ],
    ['kucoin {"code":"429000","msg":"Too Many Requests"}', "kucoin", "venue_trouble"],
    [
      'BadRequest: mexc {"code":700006,"msg":"IP [203.0.113.7] not in the ip white list"}',
      "mexc",
      "not_registered",
    ],
    [
      'gate {"label":"IP_FORBIDDEN","message":"Request IP not in whitelist: 203.0.113.7"}',
      "gate",
      "not_registered",
    ],
    [
      "ccxt.base.errors.RateLimitExceeded: kucoin GET https://api.kucoin.com/api/v1/x 429 Too Many Requests error code: 1015",
      "kucoin",
      "rate_limited",
      30,
    ],
    [
      "RateLimitExceeded: hyperliquid POST https://api.hyperliquid.xyz/info 429 Too Many Requests null",
      "hyperliquid",
      "rate_limited",
    ],
    [
      '{"level":50,"time":1,"msg":"binance {\\"code\\":-1003,\\"msg\\":\\"Too many requests.\\"}"}',
      "binance",
      "rate_limited",
    ],
    // freqtrade
    [
      `2026-05-28 20:26:40,123 - freqtrade.exchange.common - WARNING - _async_get_candle_history() returned exception: "Could not fetch historical candle (OHLCV) data for pair due to DDoSProtection. Message: binance 418 I'm a teapot ${banned}"`,
      "binance",
      "ip_banned",
      600,
    ],
    [
      "freqtrade.exceptions.DDosProtection: Could not get ticker due to RateLimitExceeded. Message: bitget too quick",
      "bitget",
      "rate_limited",
    ],
    // hummingbot
    [
      `OSError: Error executing request GET https://api.binance.com/api/v3/account. HTTP status is 418. Error: ${banned}`,
      "binance",
      "ip_banned",
      600,
    ],
    [
      "Error executing request POST https://api.kucoin.com/api/v1/bullet-public. HTTP status is 429. Error: {'code': '200002'}",
      "kucoin",
      "account_limited",
      10,
    ],
    // passivbot
    ["ccxt.base.errors.RateLimitExceeded: bybit bybit says no", "bybit", "rate_limited"],
    // python-binance, binance-connector
    [
      "binance.exceptions.BinanceAPIException: APIError(code=-1003): Way too many requests; IP banned until 1780000600000. Please use the websocket",
      "binance",
      "ip_banned",
      600,
    ],
    [
      "binance.exceptions.BinanceAPIException: APIError(code=-2015): Invalid API-key, IP, or permissions for action, request ip: 203.0.113.7",
      "binance",
      "ambiguous",
    ],
    [
      "binance.error.ClientError: (418, -1003, 'Way too much request weight used; IP banned until 1780000600000.', {'Retry-After': '120'})",
      "binance",
      "ip_banned",
      600,
    ],
    ["my bot: IP banned until 1780000600000, sleeping", "binance", "ip_banned", 600],
    // HTTP clients of Python
    [
      "requests.exceptions.HTTPError: 451 Client Error:  for url: https://api.binance.com/api/v3/time",
      "binance",
      "geo_blocked",
    ],
    [
      "httpx.HTTPStatusError: Client error '403 Forbidden' for url 'https://api.binance.com/api/v3/time'",
      "binance",
      "waf_blocked",
    ],
    [
      "aiohttp.client_exceptions.ClientResponseError: 429, message='Too Many Requests', url=URL('https://api.hyperliquid.xyz/info')",
      "hyperliquid",
      "rate_limited",
    ],
    // Brokers
    [
      "kiteconnect.exceptions.PermissionException: IP (203.0.113.7) is not allowed to place orders for this app. Update allowed IPs",
      "zerodha",
      "not_registered",
    ],
    [
      "{'success': False, 'message': 'Access denied: Unregistered IP address.', 'errorCode': 'AG7002', 'data': ''}",
      "angelone",
      "not_registered",
    ],
    [
      'HTTP response body: {"status":"error","errors":[{"errorCode":"UDAPI1154","message":"configured static IP (198.51.100.1) does not match origin IP (203.0.113.7)"}]}',
      "upstox",
      "not_registered",
    ],
    [
      "{'status': 'failure', 'remarks': {'error_code': 'DH-911', 'error_type': 'Invalid IP'}}",
      "dhan",
      "not_registered",
    ],
    ['403 {"status":"error","code":"IP_NOT_ALLOWED"}', "rupeezy", "not_registered"],
  ])("%s", (line, venue, kind, ahead?: number) => {
    const found = read(line);
    expect(found).toMatchObject({ venue, class: kind });
    expect(found?.untilAt).toBe(ahead === undefined ? undefined : cameAt + ahead * 1_000);
    if (/203\.0\.113\.7/.test(line) && kind === "not_registered") expect(found?.namedIp).toBe("203.0.113.7");
  });
});

describe("a line that means something else says nothing", () => {
  test.each([
    "BTC/USDT price 451.2 volume 418",
    "bought 403 contracts on binance at 429.5",
    "binance 403 orders open, 429 filled",
    "binance 451.20 USDT",
    "order 1003 placed on binance, id -1003",
    'binance {"orderId":1003,"price":"451.2","status":"NEW"}',
    'bybit {"retCode":0,"retMsg":"OK","result":{"orderId":"10009"}}',
    'okx {"code":"0","data":[{"ordId":"50110","sCode":"0"}]}',
    "exit code: 418",
    "process finished with code=-1003",
    "kraken order 200002 filled at 10009",
    "the docs say: on 418 your IP is banned until the time in Retry-After",
    "IP banned until further notice",
    "Rate limit: 1200/min, used 429",
    "telegram.error.RetryAfter: 429 Too Many Requests",
    "requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.coingecko.com/api/v3/ping",
    "aiohttp.client_exceptions.ClientResponseError: 429, message='Too Many Requests', url=URL('https://api.telegram.org/bot/x')",
    "httpx.HTTPStatusError: Client error '403 Forbidden' for url 'https://evilbinance.com/'",
    "Error executing request GET https://rpc.example/. HTTP status is 403. Error: no",
    "coingecko GET https://api.coingecko.com/api/v3/ping 429 Too Many Requests",
    "strategy 418 Forbidden zone entered",
    "server 429 Too Many Requests",
    "AxiosError: Request failed with status code 418",
    "RateLimitExceeded: coingecko",
    "DDoSProtection is a class of ccxt",
    "ping 403 ms, pong 451 ms",
    "2026-05-28 20:26:40,451 INFO heartbeat",
    "Just a moment...",
    "error 1015 rows affected",
    'binance {"title":"x"}',
    "",
  ])("%s", (line) => {
    expect(read(line)).toBeUndefined();
    expect(read(line, [], "binance")).toBeUndefined();
  });
});

describe("a user's rules for lines", () => {
  const rule: OutputRule = {
    name: "mine",
    line: "locked out for (\\d+) seconds",
    class: "ip_banned",
    until: [{ body: "for (\\d+) seconds" }],
    ip: "from ([\\d.]+)",
  };
  const line = "18:00 LOCKED OUT for 90 seconds from 203.0.113.7";

  test("are tried before the built-in ones, for the named venue or the account's only one", () => {
    const until = cameAt + 90_000;
    expect(read(line, [{ ...rule, venue: "krakenfutures" }])).toMatchObject({
      venue: "kraken",
      untilAt: until,
    });
    expect(read(line, [rule], "okx")).toMatchObject({
      venue: "okx",
      rule: "output/mine",
      namedIp: "203.0.113.7",
    });
    expect(read(line, [rule])).toBeUndefined();
    const first = { ...rule, line: "teapot", class: "rate_limited" as const };
    expect(read(`binance 418 I'm a teapot ${banned}`, [first], "binance")?.class).toBe("rate_limited");
  });
});

test("whatever a program prints is read without an error, and to its end", () => {
  const pieces = [
    ...recorded.flatMap(({ body }) => body ?? []),
    ...builtInShapes.flatMap(({ shapes }) => shapes.map((shape) => shape.line)),
    "binance ",
    "ccxt.base.errors.DDoSProtection: ",
    " 418 I'm a teapot ",
    "https://api.binance.com/api/v3/time",
  ];
  const users: readonly OutputRule[] = [
    { name: "u", line: "x(\\d*)", class: "unknown", until: [{ body: "x(\\d*)" }] },
  ];
  fc.assert(
    fc.property(textOf(pieces), (line) => {
      const found = read(line, users, "binance") ?? read(line);
      if (found?.untilAt === undefined) return;
      expect(found.untilAt - cameAt).toBeGreaterThanOrEqual(1_000);
      expect(found.untilAt - cameAt).toBeLessThanOrEqual(7 * 86_400_000);
    }),
    fuzzed,
  );
  for (const text of longTexts) read(text, users);
});
