import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWitnessBody } from "../../../../lib/adapters/exit-witness/witness-body.ts";

const lumtest = {
  ip: "8.8.4.4",
  country: "DE",
  asn: { asnum: 3320, org_name: "Deutsche Telekom AG" },
  geo: {
    city: "Berlin",
    region: "BE",
    postal_code: "10115",
    latitude: 52.5,
    longitude: 13.4,
    tz: "Europe/Berlin",
  },
};
const ipinfo = {
  ip: "8.8.4.4",
  hostname: "dns.google",
  city: "Mountain View",
  country: "US",
  loc: "38.0088,-122.1175",
  org: "AS15169 Google LLC",
};
const provider = (country: string) => ({ country, asn: "AS15169", org_name: "Google LLC", city: "" });
const oxylabs = {
  ip: "8.8.4.4",
  providers: {
    "dbip.com": provider("DE"),
    "ip2location.com": provider("NL"),
    "ipinfo.io": provider("DE"),
    "maxmind.com": provider("FR"),
  },
};
const decodo = {
  isp: { isp: "Google", asn: 15169, domain: "", organization: "Google LLC" },
  city: { name: "Berlin", code: "", state: "BE", time_zone: "Europe/Berlin", zip_code: "" },
  proxy: { ip: "8.8.4.4" },
  country: { code: "DE", name: "Germany", continent: "Europe" },
};
const trace =
  "fl=1f1\nh=1.1.1.1\nip=8.8.4.4\nts=1700000000.1\nvisit_scheme=https\ncolo=FRA\nloc=DE\ntls=TLSv1.3\n";

describe("a witness's body", () => {
  test.each<[string, string, string | undefined]>([
    ["ipify", '{"ip":"8.8.4.4"}', undefined],
    ["icanhazip", "8.8.4.4\n", undefined],
    ["ipinfo", JSON.stringify(ipinfo), "US"],
    ["lumtest", JSON.stringify(lumtest), "DE"],
    ["Oxylabs", JSON.stringify(oxylabs), "DE"],
    ["Decodo", JSON.stringify(decodo), "DE"],
    ["httpbin", '{"origin": "8.8.4.4"}', undefined],
    ["ip-api", '{"status":"success","countryCode":"UK","query":"8.8.4.4"}', "GB"],
    ["an envelope", '{"data":{"ip":"8.8.4.4","country":"DE"}}', "DE"],
    ["Cloudflare's trace", trace, "DE"],
    ["a sentence", "Your address is 8.8.4.4.", undefined],
    ["a JSON string", '"8.8.4.4"', undefined],
    ["an unknown key", '{"your_address":"8.8.4.4"}', undefined],
  ])("in the shape of %s tells its address", (_shape, body, country) => {
    expect(parseWitnessBody(body)).toEqual({ kind: "address", ip: "8.8.4.4", country });
  });

  test.each<[string, string, string]>([
    [
      "Bright Data's mygeo",
      JSON.stringify({ country: "DE", asn: lumtest.asn, geo: lumtest.geo }),
      "answered no address",
    ],
    ["an HTML page", "\n<!doctype html><p>8.8.4.4</p>", "answered an HTML page"],
    ["nothing", " \n", "answered nothing"],
    ["two addresses", '{"origin":"8.8.4.4, 1.1.1.1"}', "answered 2 different addresses"],
    ["more than 4 KiB", `8.8.4.4${" ".repeat(4_096)}`, "answered more than 4 KiB"],
    ["a build", "build v8.8.4.4", "answered no address"],
    ["a version", "nginx/1.2.3.4-beta", "answered no address"],
    ["C++", "std::vector", "answered no address"],
    ["a time", "12:30:45", "answered no address"],
    ["a nested key", '{"ip":{"toString":"x"}}', "answered no address"],
  ])("with %s tells none", (_what, body, why) => {
    expect(parseWitnessBody(body)).toEqual({ kind: "unusable", why });
  });

  test("says no country where the databases of Oxylabs are divided", () => {
    const providers = { a: provider("DE"), b: provider("NL") };
    expect(parseWitnessBody(JSON.stringify({ ip: "8.8.4.4", providers }))).toMatchObject({
      country: undefined,
    });
  });

  test("gives any address back in its normal form", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
        const plain = parseWitnessBody(`${ip}\n`);
        expect(plain.kind).toBe("address");
        expect(parseWitnessBody(JSON.stringify({ ip }))).toEqual(plain);
      }),
    );
  });

  test("never throws, whatever comes", () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array).toString());
    fc.assert(
      fc.property(fc.oneof(bytes, fc.json({ maxDepth: 2 })), (body) => {
        expect(["address", "unusable"]).toContain(parseWitnessBody(body).kind);
      }),
    );
  });
});
