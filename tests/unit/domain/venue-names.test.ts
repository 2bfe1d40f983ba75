import { describe, expect, test } from "vitest";
import { countryNamed, parseCountry } from "../../../lib/domain/account.ts";
import { isKnownVenue, nearestVenue, venueNameOf } from "../../../lib/domain/venue-names.ts";

describe("a venue", () => {
  test.each([
    "binance",
    "okx",
    "bybit",
    "hyperliquid",
    "coinbase",
    "kraken",
    "kucoin",
    "gate",
    "mexc",
    "deribit",
    "dydx",
    "any",
  ])("%s is known", (name) => expect(isKnownVenue(name)).toBe(true));

  test.each(["zerodha", "upstox", "dhan", "angelone", "fyers", "rupeezy", "groww", "5paisa"])(
    "the Indian broker %s is known",
    (name) => expect(isKnownVenue(name)).toBe(true),
  );

  test.each([
    ["binnace", "binance"],
    ["binanc", "binance"],
    ["zeroda", "zerodha"],
    ["upstoxx", "upstox"],
    ["angel-one", "angelone"],
    ["crypto.com", "cryptocom"],
    ["hyperliqiud", "hyperliquid"],
  ])("%s is not, and %s is near", (typed, near) => {
    expect([isKnownVenue(typed), nearestVenue(typed, [])]).toEqual([false, near]);
  });

  test("that somebody said to be new is near too, and nothing is near to what is far", () => {
    expect(nearestVenue("deskvenu", ["deskvenue"])).toBe("deskvenue");
    expect(nearestVenue("somewhere-else-entirely", [])).toBeUndefined();
  });

  test.each([
    ["binanceusdm", "binance"],
    ["okex", "okx"],
    ["kite", "zerodha"],
    ["binance", "binance"],
    ["constructor", "constructor"],
  ])("%s counts as %s", (name, counted) => {
    expect(venueNameOf(name)).toBe(counted);
    if (name !== "constructor") expect(isKnownVenue(counted)).toBe(true);
  });
});

describe("a country", () => {
  test("is one of ISO 3166-1, and the vendors' UK is GB", () => {
    expect(["de", " In ", "uk", "GB", "tw"].map(parseCountry)).toEqual(["DE", "IN", "GB", "GB", "TW"]);
    for (const text of ["", "XX", "EU", "ZZ", "AA", "D", "DEU", "QQ", "__"])
      expect(parseCountry(text)).toBeUndefined();
  });

  test("that was given by its name is told by its code", () => {
    expect([countryNamed("germany"), countryNamed("India"), countryNamed("Atlantis")]).toEqual([
      "DE",
      "IN",
      undefined,
    ]);
  });
});
