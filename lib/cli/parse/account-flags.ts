import {
  type CountryCode,
  countryNamed,
  parseCountry,
  parseVenue,
  type VenueName,
} from "../../domain/account.ts";
import { UsageError } from "../../errors.ts";

/** Reads the name of a venue as it was typed. */
export function readVenue(text: string): VenueName {
  const venue = parseVenue(text);
  if (venue !== undefined) return venue;
  throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" is not a valid name of a venue.`, {
    hint: "Use 1 to 63 letters, digits, dots, dashes or underscores, beginning with a letter or digit: --venue binance.",
  });
}

/** Reads a country code as it was typed. */
export function readCountry(text: string): CountryCode {
  const country = parseCountry(text);
  if (country !== undefined) return country;
  const named = countryNamed(text);
  throw new UsageError("LAUNCH_INVALID_VALUE", `"${text}" is not a country code of ISO 3166 (two letters).`, {
    hint: named === undefined ? "Write it as DE or US." : `Did you mean ${named}?`,
  });
}
