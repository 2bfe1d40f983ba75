import { expect, test } from "vitest";
import { formatAuthority } from "../../../lib/domain/proxy/proxy-endpoint.ts";
import { parseLocal, parsePublish } from "../../../lib/domain/run/reach/bypass.ts";

test.each([
  ["5432", "127.0.0.1:5432"],
  ["10.0.0.5:5432", "10.0.0.5:5432"],
  ["[::1]:6379", "[::1]:6379"],
  ["[FD00:0::1]:80", "[fd00::1]:80"],
  ["DB.internal:5432", "db.internal:5432"],
  ["localhost:80", "localhost:80"],
])("%s is the local target %s", (entry, whole) => {
  const target = parseLocal(entry);
  expect(target && formatAuthority(target.host, target.port)).toBe(whole);
});

test.each([
  "8.8.8.8:53",
  "[2001:4860::1]:80",
  "0",
  "70000",
  "::1:80",
  "[10.0.0.1]:80",
  "a b:1",
  "300.1.1.1:80",
  ":80",
  "-x:80",
])("%s is no local target", (entry) => {
  expect(parseLocal(entry)).toBeUndefined();
});

test("a published port names address, port outside and port of the bot", () => {
  expect(parsePublish("127.0.0.1:8080:80")).toEqual({ host: "127.0.0.1", outside: 8080, inside: 80 });
  expect(parsePublish("[::1]:8080:80")).toEqual({ host: "::1", outside: 8080, inside: 80 });
  expect(parsePublish("8080:80")).toEqual({ host: "127.0.0.1", outside: 8080, inside: 80 });
  for (const entry of ["80", "host:8080:80", "127.0.0.1:0:80", "::1:80:80"])
    expect(parsePublish(entry)).toBeUndefined();
});
