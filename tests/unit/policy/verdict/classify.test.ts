import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyVenue, type VenueName } from "../../../../lib/domain/account.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { isKnownVenue } from "../../../../lib/domain/venue-names.ts";
import {
  type AnswerHeader,
  answerHeaders,
  type VenueAnswer,
} from "../../../../lib/domain/verdict/venue-answer.ts";
import { venueHosts, venueOfHost } from "../../../../lib/domain/verdict/venue-hosts.ts";
import { classify } from "../../../../lib/policy/verdict/classify.ts";
import { builtInVenues } from "../../../../lib/policy/verdict/venues/built-in.ts";
import { loadVenueBook } from "../../../../lib/policy/verdict/venues/load-book.ts";
import { plainAnswer } from "../../../../lib/policy/verdict/venues/plain-answer.ts";
import { readVenueBook } from "../../../../lib/policy/verdict/venues/venue-book.ts";
import { fuzzed, longTexts, textOf } from "../../../support/fuzz/fuzz.ts";
import { cameAt, recorded } from "./recorded-answers.ts";

const builtIn = await builtInVenues([anyVenue]);
const book = readVenueBook(builtIn, []);
const blank = { headers: {}, body: undefined, isSigned: false, times: 1, at: instant(cameAt) };
const answer = (given: Partial<VenueAnswer>): VenueAnswer => ({
  ...blank,
  host: "api.binance.com",
  status: 403,
  ...given,
});

describe("an answer in the form in which venues give it", () => {
  test("there are at least 80 of them, of every class but none twice", () => {
    expect(recorded.length).toBeGreaterThanOrEqual(80);
    expect(new Set(recorded.map((each) => JSON.stringify(each))).size).toBe(recorded.length);
  });

  test.each(
    recorded.map((each) => [`${each.host} ${each.status} ${each.body ?? ""}`.slice(0, 120), each] as const),
  )("%s", (_title, { host, status, headers = {}, body, isSigned = false, ...wanted }) => {
    const found = classify({ ...blank, host, status, headers, body, isSigned }, book);
    expect(found).toMatchObject({ class: wanted.class, rule: wanted.rule });
    expect(found?.untilAt).toBe(wanted.ahead === undefined ? undefined : cameAt + wanted.ahead * 1_000);
    expect(found?.namedIp).toBe(wanted.ip);
    expect(found?.text).toMatch(/^\p{L}.*\.$/u);
  });
});

describe("the moment that an answer names", () => {
  const until = (headers: VenueAnswer["headers"], body?: string) => {
    const at = classify(answer({ status: 418, headers, body }), book)?.untilAt;
    return at === undefined ? undefined : (at - cameAt) / 1_000;
  };

  test.each([
    ["seconds", "90", 90],
    ["seconds with a fraction", "1.5", 1.5],
    ["nothing to wait", "0", 1],
    ["a date", "Thu, 28 May 2026 20:28:20 GMT", 100],
    ["a date of RFC 850", "Thursday, 28-May-26 20:28:20 GMT", 100],
    ["a date of RFC 850 with a whole year", "Thursday, 28-May-2026 20:28:20 GMT", 100],
    ["a date of asctime", "Thu May 28 20:28:20 2026", 100],
    ["a date of asctime that is over", "Thu May  7 20:28:20 2026", 120],
    ["a date of RFC 3339", "2026-05-28T20:28:20Z", 100],
    ["an epoch in seconds", "1780000100", 100],
    ["an epoch in milliseconds", "1780000100000", 100],
    ["an epoch in milliseconds with a fraction", "1780000100000.4", 100],
    ["an epoch in microseconds", "1780000100000000", 100],
    ["an epoch in nanoseconds", "1780000100000000000", 100],
    ["a number below nothing", "-30", 120],
    ["longer than a week", "99999999", 604_800],
    ["a year that is absurd", "Thu, 28 May 9999 20:28:20 GMT", 604_800],
    ["a number that is absurd", "9".repeat(40), 120],
    ["no time at all", "soon", 120],
    ["a date that is none", "Thu, 31 Feb 2026 20:28:20 GMT", 120],
    ["nothing", "", 120],
    ["a date that is over, with no clock to compare it with", "Thu, 28 May 2026 20:00:00 GMT", 120],
    ["two values", "60, 120", 120],
    ["nine digits, which are seconds", "100000000", 604_800],
    ["eleven digits, which are seconds since 1970", "17800001000", 604_800],
    ["twelve digits, which are milliseconds since 1970", "178000010000", 120],
    ["fourteen digits, which are milliseconds since 1970", "17800001000000", 604_800],
    ["fifteen digits, which are microseconds since 1970", "178000010000000", 120],
    ["seventeen digits, which are microseconds since 1970", "17800001000000000", 604_800],
    ["eighteen digits, which are nanoseconds since 1970", "178000010000000000", 120],
    ["twenty digits, which are no time", "17800001000000000000", 120],
    ["this very moment, with no clock to compare it with", "1780000000000", 120],
    ["a millisecond ahead", "1780000000001", 1],
  ])("is read from Retry-After that holds %s", (_what, value, ahead) => {
    expect(until({ "retry-after": value })).toBe(ahead);
  });

  test("is measured by the clock of the server that gave it", () => {
    const date = "Thu, 28 May 2026 18:00:00 GMT";
    expect(until({ date, "retry-after": "Thu, 28 May 2026 18:05:00 GMT" })).toBe(300);
    expect(until({ date, "retry-after": "Thu, 28 May 2026 17:00:00 GMT" })).toBe(1);
    expect(until({ date: "nonsense", "retry-after": "Thu, 28 May 2026 20:28:20 GMT" })).toBe(100);
    expect(until({ date, "retry-after": "45" })).toBe(45);
  });

  test("is what the venue's own words say before what its header says", () => {
    expect(until({ "retry-after": "10" }, "IP banned until 1780000100000")).toBe(100);
    expect(until({ "retry-after": "10" }, "IP banned until 1780000100000000.")).toBe(100);
  });
});

describe("what is cut off, printed or wrapped", () => {
  test.each([
    ["cut off", '{"code":-1015,"msg":"Too many new orde'],
    ["printed by Python", "{'code': -1015, 'msg': 'Too many new orders'}"],
    [
      "inside a line of JSON",
      '{"level":50,"msg":"binance {\\"code\\":-1015,\\"msg\\":\\"Too many new orders\\"}',
    ],
    ["behind words", 'binance {"code":-1015,"msg":"Too many new orders"} and so on'],
  ])("says its code when it is %s", (_how, body) => {
    expect(classify(answer({ status: 400, body }), book)).toMatchObject({ class: "account_limited" });
  });

  test("says the code that stands where the venue puts it, and none of a deeper place", () => {
    const at = (host: string, body: string) => classify(answer({ host, status: 400, body }), book)?.class;
    expect(at("api.binance.com", '{"data":{"code":-1015},"code":0}')).toBe("unknown");
    for (const error of ["null", '"x"', "[]", "{}"])
      expect(at("www.deribit.com", `{"error":${error}}`)).toBe("unknown");
  });

  test("says no code that stands beyond the first 2 KiB", () => {
    const body = `{"pad":"${"x".repeat(2_100)}","code":-1015}`;
    expect(classify(answer({ status: 400, body }), book)).toMatchObject({ class: "unknown" });
  });
});

describe("whatever an answer holds", () => {
  const header = fc.oneof(
    textOf(["120", "-1", "1e9", "Thu, 28 May 2026 20:28:20 GMT", "1780000100000", "cloudflare", "text/html"]),
    fc.string(),
  );
  const headers = fc.dictionary(fc.constantFrom(...answerHeaders), header) as fc.Arbitrary<
    Partial<Record<AnswerHeader, string>>
  >;
  const body = fc.oneof(
    fc.constant(undefined),
    fc.json(),
    textOf(
      recorded
        .flatMap((each) => each.body ?? [])
        .flatMap((text) => [text, text.slice(0, 40), text.slice(-40)]),
    ),
  );
  const hosts = fc.constantFrom(...new Set(recorded.map(({ host }) => host)), "example.com", "", "..", "com");
  const any = fc.record({
    host: hosts,
    status: fc.integer({ min: -1, max: 1_200 }),
    headers,
    body,
    isSigned: fc.boolean(),
  });

  test("edge case 11: is read without an error, into a moment at least a second and at most a week ahead", () => {
    fc.assert(
      fc.property(any, (given) => {
        const found = classify(answer(given), book);
        if (found?.untilAt === undefined) return;
        expect(found.untilAt - cameAt).toBeGreaterThanOrEqual(1_000);
        expect(found.untilAt - cameAt).toBeLessThanOrEqual(7 * 86_400_000);
      }),
      fuzzed,
    );
  });

  test("is no verdict when it is a 4xx of which nothing is known", () => {
    const meant = new Set([401, 403, 418, 429, 451]);
    const unknown = fc.integer({ min: 400, max: 499 }).filter((status) => !meant.has(status));
    fc.assert(
      fc.property(hosts, unknown, headers, (host, status, given) => {
        const { "cf-mitigated": _challenge, ...others } = given;
        expect(classify(answer({ host, status, headers: others }), book)?.class ?? "unknown").toBe("unknown");
      }),
      fuzzed,
    );
  });

  test("comes to an end when it is long", () => {
    for (const text of longTexts)
      for (const host of new Set(recorded.map((each) => each.host)))
        classify(answer({ host, body: text, headers: { "retry-after": text, date: text } }), book);
  });
});

describe("the hosts of venues", () => {
  const hosts = venueHosts([
    { venue: "desk-x", hosts: ["*.desk.example", "one.example", "API.kraken.com"], rules: [] },
  ]);

  test.each([
    ["api.binance.com", "binance"],
    ["API.Binance.COM.", "binance"],
    ["binance.com", "binance"],
    ["notbinance.com", undefined],
    ["binance.com.evil.example", undefined],
    ["eea.okx.com", "myokx"],
    ["www.okx.com", "okx"],
    ["a.b.desk.example", "desk-x"],
    ["desk.example", undefined],
    ["one.example", "desk-x"],
    ["two.one.example", undefined],
    ["api.kraken.com", "desk-x"],
    ["", undefined],
    [".", undefined],
  ])("%s is of %s", (host, venue) => {
    expect(venueOfHost(host, hosts)).toBe(venue);
  });

  test("are of venues whose names are known, and each of these has its entry, with rules that say where they come from", () => {
    const listed = new Set(venueHosts([]).byHost.values());
    const entered = builtIn.map(({ venue }) => venue).filter((venue) => venue !== "any");
    expect([...listed].filter((venue) => !isKnownVenue(venue))).toEqual([]);
    expect([...listed].sort()).toEqual([...entered].sort());
    const rules = builtIn.flatMap((entry) => entry.rules);
    expect(rules.length).toBeGreaterThan(130);
    expect(
      rules.filter(({ source = "", text = "" }) => source.length < 8 || !/^\p{L}.*\.$/u.test(text)),
    ).toEqual([]);
  });
});

describe("what is loaded", () => {
  test("is what the venues need: their own rules, those that they share, and those of every venue", async () => {
    const entries = await builtInVenues(["binanceus", "desk-x"] as VenueName[]);
    expect(entries.map(({ name, venue }) => name ?? venue)).toEqual([
      "binanceus",
      "binance",
      "cloudflare",
      "cloudfront",
      "http",
    ]);
    const loaded = await loadVenueBook(["desk-x"] as VenueName[], [
      { venue: "desk-x", like: "okx", rules: [] },
    ]);
    expect([...loaded.venues.keys()]).toContain("okx");
    expect(book.venues.get("kraken" as VenueName)?.probe).toBe("https://api.kraken.com/0/public/Time");
  });

  test("is nothing for a plain success, unless a user's rule may mean one", () => {
    const hosts = venueHosts([]);
    const success = (given: Partial<VenueAnswer>) =>
      plainAnswer(answer({ status: 200, isSigned: true, ...given }), hosts);
    expect(success({})).toMatchObject({ class: "accepted" });
    expect(success({ isSigned: false })).toMatchObject({ class: "ok" });
    const found = [200, 299, 300, 304].map((status) => success({ status }));
    expect(found).toMatchObject(["accepted", "accepted", "ok", "ok"].map((each) => ({ class: each })));
    expect(success({ host: "api.kite.trade" })).toMatchObject({ class: "ok" });
    expect([success({ body: "{}" }), success({ status: 403 })]).toEqual(["rules", "rules"]);
    expect(success({ host: "example.com" })).toBeUndefined();
    const rule = { name: "a", header: { server: "x" }, class: "waf_blocked" as const };
    const own = venueHosts([{ venue: "any", accepts: true, rules: [rule] }]);
    expect(plainAnswer(answer({ status: 200 }), own)).toBe("rules");
  });
});

describe("a user's entries", () => {
  const rule = { name: "mine", status: [418], class: "rate_limited" as const };

  test("come before the built-in ones, at one venue or at any", () => {
    const own = readVenueBook(builtIn, [{ venue: "binance", rules: [rule] }]);
    expect(classify(answer({ status: 418 }), own)).toMatchObject({
      rule: "binance/mine",
      class: "rate_limited",
      text: "binance answered as the rule binance/mine says.",
    });
    const everywhere = readVenueBook(builtIn, [{ venue: "any", name: "desk", rules: [rule] }]);
    expect(classify(answer({ status: 418, body: "IP banned until 1780000100000" }), everywhere)?.rule).toBe(
      "desk/mine",
    );
    expect(classify(answer({ status: 403 }), own)?.rule).toBe("binance/403");
  });

  test("may say that a success shows nothing, and every 5xx is the venue's own trouble", () => {
    const own = readVenueBook(builtIn, [{ venue: "binance", accepts: false, rules: [] }]);
    const signed = answer({ status: 200, isSigned: true });
    expect([classify(signed, book)?.class, classify(signed, own)?.class]).toEqual(["accepted", "ok"]);
    for (const status of [500, 599])
      expect(classify(answer({ status }), book)).toMatchObject({ class: "venue_trouble" });
    expect(classify(answer({ status: 600 }), book)).toMatchObject({ class: "unknown" });
  });

  test("make a venue of their own, which Cloudflare and the standards hold for too", () => {
    const own = readVenueBook(builtIn, [
      { venue: "desk-x", hosts: ["*.desk.example"], codes: ["/e"], accepts: true, like: "okx", rules: [] },
    ]);
    const at = (given: Partial<VenueAnswer>) =>
      classify(answer({ host: "api.desk.example", ...given }), own)?.rule;
    expect(own.venues.get("desk-x" as VenueName)?.probe).toBeUndefined();
    expect(at({ status: 429 })).toBe("okx/429");
    expect(at({ body: '{"code":"50110"}' })).toBe("okx/50110");
    expect(at({ body: "error code: 1020" })).toBe("cloudflare/1020");
    expect(at({ status: 451 })).toBe("http/451");
    expect(classify(answer({ host: "api.desk.example", status: 200, isSigned: true }), own)?.class).toBe(
      "accepted",
    );
  });
});
