import { expect, test } from "vitest";
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

test("what cannot be used is refused with a hint and without its text", () => {
  for (const text of ["http://user:hunter2@gw.example", "hunter2", "ftp://user:hunter2@gw.example:21", ""]) {
    const attempt = () => parseProxyEndpointUrl(text);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(expect.objectContaining({ code: "LAUNCH_INVALID_VALUE" }));
    expect(attempt).not.toThrow(/hunter2/);
    expect(attempt).toThrow(expect.objectContaining({ hint: expect.stringContaining("--proxy-user") }));
  }
});
