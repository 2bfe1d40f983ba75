import { describe, expect, test } from "vitest";
import { Secret } from "../../../../lib/domain/secret.ts";
import { vendorNotes } from "../../../../lib/domain/vendors/vendor-notes.ts";
import { isHostOf, knownVendors, vendorRefusal } from "../../../../lib/domain/vendors/vendors.ts";

interface Given {
  readonly user?: string;
  readonly secret?: string;
  readonly provider?: string;
  readonly expectedIp?: string;
}

function notes(host: string, port: number, { user, secret = "s3cret", provider, expectedIp }: Given = {}) {
  const credential = user === undefined ? undefined : { user, secret: new Secret(secret) };
  return vendorNotes({ endpoint: { scheme: "http", host, port }, credential, provider, expectedIp }).join(
    " ",
  );
}

describe("an operator is told of a proxy", () => {
  const told: readonly (readonly [string, string, number, Given, string])[] = [
    [
      "whose port takes a random address",
      "disp.oxylabs.io",
      8000,
      { user: "user-x" },
      "Port 8000 of Oxylabs",
    ],
    ["whose user lacks its prefix", "isp.oxylabs.io", 8001, { user: "x" }, 'begin with "user-"'],
    ["whose session is not kept", "pr.oxylabs.io", 7777, { user: "customer-x-cc-US" }, "-sessid-"],
    [
      "whose address is not pinned",
      "brd.superproxy.io",
      33335,
      { user: "brd-customer-1-zone-isp" },
      "-ip-ADDRESS",
    ],
    ["that is random", "gw.netnut.net", 5959, { user: "u-stc-any" }, "-stc-any is a random static address"],
    [
      "with a country that the vendor calls otherwise",
      "gw.netnut.net",
      5959,
      { user: "u-stc-gb-sid-1" },
      "uk, not gb",
    ],
    ["that rotates", "gw.netnut.net", 5959, { user: "u-res-us" }, "-sid-"],
    ["whose vendor replaces addresses", "203.0.113.9", 8080, { provider: "Webshare" }, "auto_invalidated"],
    [
      "whose user takes any address",
      "p.webshare.io",
      80,
      { user: "u-rotate", expectedIp: "203.0.113.7" },
      "random address",
    ],
    ["on a rotating port", "gate.decodo.com", 7000, { user: "user-x" }, "Port 7000"],
    ["whose vendor has two names", "203.0.113.9", 1, { provider: "smartproxy", user: "u" }, ""],
    [
      "whose password chooses the exit",
      "h.example",
      1,
      { user: "u", secret: "pw_country-us_session-a1" },
      "password itself",
    ],
    [
      "whose password keeps no session",
      "geo.iproyal.com",
      12_321,
      { user: "u", secret: "pw_country-us" },
      "_session-.",
    ],
  ];

  test.each(told)("%s", (...row) => {
    const [, host, port, given, text] = row;
    const said = notes(host, port, given);
    expect(said).toContain(text);
    expect(said).not.toContain("pw_");
  });

  test.each([
    ["disp.oxylabs.io", 8001, { user: "user-x" }],
    ["disp.oxylabs.io", 8000, undefined, "Port 8000"],
    ["brd.superproxy.io", 33335, { user: "brd-customer-1-zone-isp-ip-203.0.113.7" }],
    ["gw.netnut.net", 5959, { user: "u-stc-uk-sid-12" }],
    ["gw.netnut.net", 5959, { user: "u-stc-anyone" }],
    ["p.webshare.io", 80, { user: "u-1", expectedIp: "203.0.113.7" }],
    ["gate.decodo.com", 7000, { user: "user-x-session-1" }],
    ["gate.decodo.com", 10_001, { user: "user-x" }],
    ["geo.iproyal.com", 12_321, { user: "u", secret: "pw_session-a1" }, "password itself"],
    ["notoxylabs.io", 8000, { user: "x" }],
    ["proxy.example", 8000, { user: "x", provider: "proxy" }],
    ["proxy.example", 8000, { user: "x", provider: "" }],
  ])("and hears nothing more of %s:%d with %j", (host, port, given, only = "") => {
    const told = notes(host, port, given);
    if (only === "") expect(told).toBe("");
    else expect(told).toContain(only);
  });
});

describe("what is known of vendors", () => {
  test("says where each line comes from, in sentences", () => {
    const lines = knownVendors.flatMap((vendor) => [...vendor.notes, ...vendor.refusals]);
    expect(lines.length).toBeGreaterThan(15);
    expect(lines.filter(({ source, text }) => source.length < 12 || text.length < 20)).toEqual([]);
    const notesAlone = knownVendors.flatMap((vendor) => vendor.notes);
    expect(notesAlone.filter(({ text }) => !text.endsWith("."))).toEqual([]);
    for (const { user, lacks, secret } of notesAlone)
      for (const pattern of [user, lacks, secret]) expect(() => new RegExp(pattern ?? "")).not.toThrow();
  });

  test("is looked up by a gateway's host", () => {
    expect(vendorRefusal("gw.netnut.net", 491)).toMatchObject({ kind: "auth" });
    expect(vendorRefusal("GW.NETNUT.NET.", 502)).toMatchObject({ kind: "blocked", scope: "upstream" });
    expect(vendorRefusal("gw.netnut.net", 418)).toBeUndefined();
    expect(vendorRefusal("evilnetnut.net", 491)).toBeUndefined();
    expect(isHostOf("oxylabs.io", ["oxylabs.io"])).toBe(true);
  });
});
