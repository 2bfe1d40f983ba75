import { type CountryCode, parseCountry } from "../../domain/account.ts";
import { majorityCountry } from "../../domain/exit-check.ts";
import { type IpAddress, parseIp } from "../../domain/ip.ts";
import { parseJson } from "../../domain/text/json-object.ts";

/** No witness needs more to tell an address; a longer body is a page of something else. */
export const maxBodyBytes = 4_096;

export type WitnessBody =
  | { readonly kind: "address"; readonly ip: IpAddress; readonly country: CountryCode | undefined }
  | { readonly kind: "unusable"; readonly why: string };

// ipify, icanhazip, ipinfo, lumtest and Oxylabs say `ip`; httpbin `origin`; ip-api `query`; Decodo `proxy.ip`.
const addressPaths = [
  "ip",
  "origin",
  "query",
  "proxy.ip",
  "data.ip",
  "client.ip",
  "ip_addr",
  "ip_address",
  "ipAddress",
  "address",
] as const;
const countryPaths = [
  "country_code",
  "countryCode",
  "country.code",
  "country_iso",
  "country",
  "geo.country",
  "proxy.country",
  "data.country",
  "cc",
] as const;

/** Finds the address, and the country where one is named, in what a witness answered. */
export function parseWitnessBody(text: string): WitnessBody {
  if (Buffer.byteLength(text) > maxBodyBytes) return unusable("answered more than 4 KiB");
  if (text.trim() === "") return unusable("answered nothing");
  if (/^\s*</.test(text)) return unusable("answered an HTML page");
  const json = parseJson(text);
  if (json !== undefined) return fromJson(json) ?? onlyLiteral(text);
  return fromLines(text) ?? onlyLiteral(text);
}

function unusable(why: string): WitnessBody {
  return { kind: "unusable", why };
}

function fromJson(json: unknown): WitnessBody | undefined {
  for (const path of addressPaths) {
    const ip = parseText(at(json, path), parseIp);
    if (ip !== undefined) return { kind: "address", ip, country: countryIn(json) };
  }
  return undefined;
}

function countryIn(json: unknown): CountryCode | undefined {
  for (const path of countryPaths) {
    const country = parseText(at(json, path), parseCountry);
    if (country !== undefined) return country;
  }
  // Oxylabs puts the answers of several databases side by side, and they do differ.
  const providers = at(json, "providers");
  if (typeof providers !== "object" || providers === null) return undefined;
  return majorityCountry(
    Object.values(providers).map((provider) => parseText(at(provider, "country"), parseCountry)),
  );
}

// Cloudflare's /cdn-cgi/trace: its `h=` line may hold another address, the witness's own.
function fromLines(text: string): WitnessBody | undefined {
  const ip = parseText(/^ip=(.+)$/m.exec(text)?.[1], parseIp);
  if (ip === undefined) return undefined;
  return { kind: "address", ip, country: parseText(/^loc=(.+)$/m.exec(text)?.[1], parseCountry) };
}

function onlyLiteral(text: string): WitnessBody {
  const words = text.match(/(?<![\w.:-])[0-9A-Fa-f:.]{2,45}(?![\w:-])/g) ?? [];
  const found = new Set(
    words.map((word) => parseIp(word.replace(/\.$/, ""))).filter((ip) => ip !== undefined),
  );
  const [ip] = found;
  if (ip === undefined) return unusable("answered no address");
  if (found.size > 1) return unusable(`answered ${found.size} different addresses`);
  return { kind: "address", ip, country: undefined };
}

function at(value: unknown, path: string): unknown {
  let present = value;
  for (const key of path.split(".")) {
    if (typeof present !== "object" || present === null || !Object.hasOwn(present, key)) return undefined;
    present = (present as Readonly<Record<string, unknown>>)[key];
  }
  return present;
}

function parseText<T>(value: unknown, parse: (text: string) => T | undefined): T | undefined {
  return typeof value === "string" ? parse(value) : undefined;
}
