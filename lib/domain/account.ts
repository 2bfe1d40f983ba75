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
  /** How often the list of its registered exits may change, such as `1/7d`. */
  readonly registeredChanges: string | undefined;
  /** What the operator calls its API key; the key itself is never read. */
  readonly keyLabel: string | undefined;
}

/** Normalises a venue name; undefined when it cannot be one. */
export function parseVenue(text: string): VenueName | undefined {
  const venue = text.trim().toLowerCase();
  return /^[a-z0-9][a-z0-9_.-]{0,62}$/.test(venue) ? (venue as VenueName) : undefined;
}

// ISO 3166-1 alpha-2, all 249.
const countries: ReadonlySet<string> = new Set(
  `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
  BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
  FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
  IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
  ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
  PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
  TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`.split(
    /\s+/,
  ),
);

/** Normalises a country code (UK becomes GB); undefined when ISO 3166-1 has no such country. */
export function parseCountry(text: string): CountryCode | undefined {
  const typed = text.trim().toUpperCase();
  const code = typed === "UK" ? "GB" : typed;
  return code !== "" && countries.has(code) ? (code as CountryCode) : undefined;
}

/** The code of a country that was given by its English name. */
export function countryNamed(text: string): CountryCode | undefined {
  const names = new Intl.DisplayNames("en", { type: "region" });
  const wanted = text.trim().toLowerCase();
  const code = [...countries].find((each) => each !== "" && names.of(each)?.toLowerCase() === wanted);
  return code as CountryCode | undefined;
}
