import { describe, expect, test } from "vitest";
import { readProxyMetadata } from "../../../../lib/domain/proxy/proxy-metadata.ts";

describe("vendor facts", () => {
  test("a whole record is read, its four column facts apart and unknown keys as they came", () => {
    const reading = readProxyMetadata({
      v: 1,
      provider: "oxylabs",
      product: "dedicated-isp",
      zone: null,
      order_id: 4711,
      protocols: ["http", "SOCKS5h"],
      expected_ip: "203.0.113.7",
      expected_ip6: "2001:DB8::7",
      country: "uk",
      city: "London",
      asn: "AS3320",
      pin: { kind: "port", value: "8001" },
      vendor_auto_replace: "OFF",
      expires_at: 1_777_593_600,
      auto_renew: "yes",
      tags: "eu; fast",
      batch: { n: 7 },
    });
    expect(reading).toEqual({
      facts: {
        expectedIp: "203.0.113.7",
        country: "GB",
        provider: "oxylabs",
        expiresAt: 1_777_593_600_000,
        metadata: {
          v: 1,
          product: "dedicated-isp",
          order_id: "4711",
          protocols: ["http", "socks5"],
          expected_ip6: "2001:db8::7",
          city: "London",
          asn: 3320,
          pin: { kind: "port", value: "8001" },
          vendor_auto_replace: "off",
          auto_renew: true,
          tags: ["eu", "fast"],
          batch: { n: 7 },
        },
      },
      problems: [],
      warnings: [],
    });
  });

  test.each([
    ["v", 2],
    ["expected_ip", "203.0.113.256"],
    ["expected_ip", 7],
    ["provider", ["x"]],
    ["expires_at", "soon"],
    ["asn", -1],
    ["asn", "4294967296"],
    ["protocols", ["socks4"]],
    ["pin", "8001"],
    ["vendor_auto_replace", "maybe"],
    ["auto_renew", "perhaps"],
    ["tags", [1]],
    ["country", 49],
  ])("%s cannot be %j", (key, value) => {
    const { problems, facts } = readProxyMetadata({ [key]: value });
    expect(problems).toEqual([expect.stringContaining(`"${key}" must be`)]);
    expect(facts.metadata).toEqual({});
  });

  test.each(["password", "apiKey", "api_key", "auth", "session_token", "Proxy-Authorization"])(
    "%s is not stored, at any depth",
    (key) => {
      for (const given of [{ [key]: "hunter2" }, { more: [{ [key]: "hunter2" }] }]) {
        const { facts, warnings } = readProxyMetadata(given);
        expect(facts.metadata).toEqual({});
        expect(warnings).toEqual([expect.stringContaining("looks like a secret")]);
      }
    },
  );

  test.each([
    "https://bob:pw@vendor.example/",
    "https://vendor.example/changeip?key=k3y",
    "http://node.vendor.example/api/rotate/0f3a9c1b7d2e4f60",
    "https://vendor.example/api/0f3a9c1b7d2e4f60/rotate",
  ])("%s would be used by whoever reads it, and is not stored", (url) => {
    const { facts, warnings } = readProxyMetadata({ changeIpUrl: url });
    expect(facts.metadata).toEqual({});
    expect(warnings).toEqual(['"changeIpUrl" looks like a secret and is not stored']);
  });

  test("a vendor's page is no secret", () => {
    for (const url of ["https://vendor.example/", "https://vendor.example/plans/static-isp"])
      expect(readProxyMetadata({ page: url })).toMatchObject({
        facts: { metadata: { page: url } },
        warnings: [],
      });
  });

  test("an author, a key of another kind and empty values are no secrets", () => {
    const { facts, warnings } = readProxyMetadata({
      author: "x",
      key_count: 3,
      a: null,
      b: "",
      c: undefined,
    });
    expect(facts.metadata).toEqual({ author: "x", key_count: 3 });
    expect(warnings).toEqual([]);
  });
});
