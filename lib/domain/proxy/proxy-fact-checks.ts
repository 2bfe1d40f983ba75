import { parseCountry } from "../account.ts";
import { parseIp } from "../ip.ts";
import { isJsonObject, type JsonObject } from "../text/json-object.ts";
import { instant } from "../time.ts";
import { parseInstant } from "./instant-text.ts";
import { parseScheme } from "./proxy-endpoint.ts";

/** How a known key is read from what CSV (a text) or JSON (any value) gave; undefined when it cannot be right. */
export interface FactCheck {
  readonly read: (value: unknown) => unknown;
  /** Ends the sentence `"asn" must be …`. */
  readonly expected: string;
}

const text: FactCheck = { read: readText, expected: "a text" };
const address: FactCheck = { read: readAddress, expected: "an IP address" };
const object: FactCheck = { read: readObject, expected: "an object" };

const shared = oneOf("dedicated", "shared");

/** The vendor facts that Slipway knows, by key. */
export const factChecks: ReadonlyMap<string, FactCheck> = new Map([
  ["v", { read: (value) => (Number(wordOf(value)) === 1 ? 1 : undefined), expected: "1" }],
  ["expected_ip", address],
  ["expected_ip6", address],
  ["entry_ip", address],
  ["country", { read: readCountry, expected: "two letters such as DE" }],
  ["provider", text],
  ["expires_at", { read: readTime, expected: "a time such as 2026-05-01 or 2026-05-01T12:00:00Z" }],
  ["product", text],
  ["zone", text],
  ["order_id", text],
  ["vendor_proxy_id", text],
  ["protocols", { read: readProtocols, expected: "a list of http, https and socks5" }],
  ["region", text],
  ["city", text],
  ["asn", { read: readAsn, expected: "a number such as 3320" }],
  ["org", text],
  ["timezone", text],
  ["geo_source", text],
  ["pin", object],
  ["vendor_auto_replace", oneOf("on", "off", "unknown")],
  [
    "shared",
    {
      ...shared,
      read: (value) => shared.read(typeof value === "boolean" ? (value ? "shared" : "dedicated") : value),
    },
  ],
  ["auto_renew", { read: readBoolean, expected: "true or false" }],
  ["cost", object],
  ["replace", object],
  ["limits", object],
  ["tags", { read: readWords, expected: "a list of texts" }],
]);

function readText(value: unknown): string | undefined {
  // Order numbers and the like come as numbers in JSON.
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value !== "string") return undefined;
  const trimmed = value.trim();
  return trimmed === "" || trimmed.length > 300 ? undefined : trimmed;
}

// Some answers have an object with its code.
function readCountry(value: unknown): unknown {
  const codes = isJsonObject(value)
    ? ["code", "iso", "iso2", "alpha2", "country_code"].map((key) => value[key])
    : [value];
  return codes.map((code) => parseCountry(readText(code) ?? "")).find((code) => code !== undefined);
}

function readAddress(value: unknown): string | undefined {
  return typeof value === "string" ? parseIp(value) : undefined;
}

function readObject(value: unknown): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined;
}

function readAsn(value: unknown): number | undefined {
  const digits = /^(?:AS)?([0-9]{1,10})(?: .*)?$/i.exec(wordOf(value))?.[1];
  const asn = Number(digits);
  return asn >= 1 && asn <= 4_294_967_295 ? asn : undefined;
}

function readBoolean(value: unknown): boolean | undefined {
  const word = wordOf(value).toLowerCase();
  if (["true", "yes", "y", "on", "1"].includes(word)) return true;
  return ["false", "no", "n", "off", "0"].includes(word) ? false : undefined;
}

// Vendors write times as text or as Unix seconds or milliseconds; below 10^11 only seconds give a year in this century.
function readTime(value: unknown): number | undefined {
  const digits = /^[0-9]{10}(?:[0-9]{3})?$/.exec(wordOf(value))?.[0];
  if (digits === undefined) return typeof value === "string" ? parseInstant(value) : undefined;
  return instant(digits.length === 10 ? Number(digits) * 1000 : Number(digits));
}

function readWords(value: unknown): readonly string[] | undefined {
  const words = typeof value === "string" ? value.split(/[,;|\s]+/) : value;
  if (!Array.isArray(words) || !words.every((word) => typeof word === "string")) return undefined;
  return words.map((word) => word.trim()).filter((word) => word !== "");
}

function readProtocols(value: unknown): readonly string[] | undefined {
  const schemes = readWords(value)?.map(parseScheme);
  return schemes?.every((scheme) => scheme !== undefined) ? [...new Set(schemes)] : undefined;
}

function oneOf(...words: readonly string[]): FactCheck {
  const read = (value: unknown) => words.find((word) => word === wordOf(value).toLowerCase());
  return { read, expected: `one of ${words.join(", ")}` };
}

// An object may have no text at all.
function wordOf(value: unknown): string {
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return isPlain ? String(value).trim() : "";
}
