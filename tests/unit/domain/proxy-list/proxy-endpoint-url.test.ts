import { describe, expect, test } from "vitest";
import { parseProxyEndpointUrl } from "../../../../lib/domain/proxy-list/proxy-endpoint-url.ts";
import { UsageError } from "../../../../lib/errors.ts";

test("a user part is split off and percent-decoded", () => {
  const { endpoint, credential } = parseProxyEndpointUrl(" http://user:p%40ss@gw.example:8001\n");
  expect(endpoint).toEqual({ scheme: "http", host: "gw.example", port: 8001 });
  expect([credential?.user, credential?.secret.reveal()]).toEqual(["user", "p@ss"]);
});

test("an endpoint without a user part has no credential, and http is its scheme unless it names one", () => {
  const endpoint = { scheme: "http", host: "gw.example", port: 8001 };
  expect(parseProxyEndpointUrl("gw.example:8001")).toEqual({ endpoint, credential: undefined });
  expect(parseProxyEndpointUrl("http://gw.example:8001")).toEqual({ endpoint, credential: undefined });
});

describe("a mistyped scheme", () => {
  test.each([
    "http//u:hunter2@gw.example:80",
    "http:/u:hunter2@gw.example:80",
    "http:/gw.example:80",
    "http//gw.example:80",
    "http:u:hunter2@gw.example:80",
    "http:u:hunter2:gw.example:80",
    "http;//u:hunter2@gw.example:80",
    "http:\\\\u:hunter2@gw.example:80",
    "htpp:/u:hunter2@gw.example:80",
    "htps//u:hunter2@gw.example:80",
    "sock5/u:hunter2@gw.example:80",
    "//u:hunter2@gw.example:80",
    "://u:hunter2@gw.example:80",
    "http//gw.example:80:u:hunter2",
  ])("is refused as such and never taken for a user: %s", (text) => {
    const attempt = () => parseProxyEndpointUrl(text);
    expect(attempt).toThrow(/begins with a mistyped scheme/);
    expect(attempt).not.toThrow(/hunter2/);
  });

  test.each([
    ["acme/zone:pw@gw.example:80", "gw.example", "acme/zone"],
    ["bob:/pw@gw.example:80", "gw.example", "bob"],
    ["http:80", "http", undefined],
    ["socks5:1080:bob:pw", "socks5", "bob"],
    ["http:1234@gw.example:80", "gw.example", "http"],
    ["httpuser:pw@gw.example:80", "gw.example", "httpuser"],
  ])("is not seen in %s", (text, host, user) => {
    const { endpoint, credential } = parseProxyEndpointUrl(text);
    expect([endpoint.host, credential?.user]).toEqual([host, user]);
  });
});

test("what cannot be used is refused with a hint and without its text", () => {
  for (const text of ["http://user:hunter2@gw.example", "hunter2", "ftp://user:hunter2@gw.example:21", ""]) {
    const attempt = () => parseProxyEndpointUrl(text);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(expect.objectContaining({ code: "LAUNCH_INVALID_VALUE" }));
    expect(attempt).not.toThrow(/hunter2/);
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining("--proxy-user") }));
  }
});
