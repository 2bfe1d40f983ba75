import { expect, test } from "vitest";
import { readProxySource } from "../../../lib/agents/proxy-source.ts";
import { UsageError } from "../../../lib/errors.ts";

test.each([
  [new URL("http://u:p@gw.example"), "http", 80],
  [new URL("http://u:p@gw.example:8001"), "http", 8001],
  [new URL("https://u:p@gw.example"), "https", 443],
  [new URL("socks5://u:p@gw.example:1080"), "socks5", 1080],
  ["socks5h://u:p@gw.example:1080", "socks5", 1080],
])("a proxy can be named by %s", (source, scheme, port) => {
  const { endpoint, credential } = readProxySource(source);
  expect(endpoint).toEqual({ scheme, host: "gw.example", port });
  expect(credential?.user).toBe("u");
});

test("an upstream is taken as it is, with its own label", () => {
  const upstream = {
    label: "fra-1",
    endpoint: { scheme: "http", host: "gw.example", port: 8001 },
    credential: undefined,
  } as const;
  expect(readProxySource(upstream)).toBe(upstream);
});

test("a URL object that no proxy can be is refused without being quoted", () => {
  for (const url of ["ftp://u:hunter2@gw.example", "socks5://u:hunter2@gw.example"]) {
    expect(() => readProxySource(new URL(url))).toThrow(UsageError);
    expect(() => readProxySource(new URL(url))).not.toThrow("hunter2");
  }
});
