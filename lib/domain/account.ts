import type { Brand } from "./brand.ts";
import type { AccountId } from "./ids.ts";

/** An exchange, in lower case; `any` conflicts with every venue. */
export type VenueName = Brand<string, "VenueName">;
/** ISO 3166-1 alpha-2 in upper case; the vendors' UK is stored as GB. */
export type CountryCode = Brand<string, "CountryCode">;
export const anyVenue = "any" as VenueName;

/** An operator's hold beats every automatic decision. */
export interface Hold {
  readonly by: string;
  readonly why: string;
}

/** The identity: at most one bot of it runs at a time, everywhere. */
export interface Account {
  readonly id: AccountId;
  readonly name: string;
  /** Never empty; `[anyVenue]` when the operator named none. */
  readonly venues: readonly VenueName[];
  /** Empty means every country. */
  readonly allowedCountries: readonly CountryCode[];
  /** Accounts of one group may share an exit IP. */
  readonly groupName: string | undefined;
  /** What an operator wants of its bot; said through `units`, "up" for a new account. */
  readonly wanted: "up" | "down";
  readonly hold: Hold | undefined;
}

/** Normalises a venue name; undefined when it cannot be one. */
export function parseVenue(text: string): VenueName | undefined {
  const venue = text.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9_.-]{0,62}$/.test(venue) ? (venue as VenueName) : undefined;
}

/** Normalises a country code (UK becomes GB); undefined when it is not two letters. */
export function parseCountry(text: string): CountryCode | undefined {
  const code = text.trim().toUpperCase();
  if (!/^[A-Z]{2}$/.test(code)) return undefined;
  return (code === "UK" ? "GB" : code) as CountryCode;
}
