import { describe, expect, test } from "vitest";
import { exitKeyOf, neighbourhoodOf, parseIp, parsePublicRange, reachOf } from "../../../lib/domain/ip.ts";

const ip = (text: string) => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
};

describe("addresses", () => {
  test.each([
    ["203.0.113.7", "203.0.113.7"],
    [" 203.0.113.7\n", "203.0.113.7"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
  ])("%s is read as %s", (text, expected) => expect(parseIp(text)).toBe(expected));

  test.each([
    "",
    "1.2.3",
    "0x7f.1",
    "017.0.0.1",
    "1.2.3.4.5",
    "<html>",
    "fe80::1%eth0",
    "[::1]",
    "999.1.1.1",
  ])("%s is no address", (text) => expect(parseIp(text)).toBeUndefined());

  test("exclusivity compares IPv4 whole and IPv6 by its /64", () => {
    expect(exitKeyOf(ip("203.0.113.7"))).toBe("203.0.113.7");
    expect(exitKeyOf(ip("2001:db8:1:2:3::4"))).toBe(exitKeyOf(ip("2001:db8:1:2:ffff::9")));
    expect(exitKeyOf(ip("2001:db8:1:2::4"))).not.toBe(exitKeyOf(ip("2001:db8:1:3::4")));
  });

  test("a neighbourhood is a /24 or a /48", () => {
    expect(neighbourhoodOf(ip("203.0.113.7"))).toBe("203.0.113.0/24");
    expect(neighbourhoodOf(ip("2001:db8:1:2::4"))).toBe("2001:db8:1::/48");
  });

  test("a private address counts only inside a public range of the lab", () => {
    const lab = [parsePublicRange("127.0.0.0/8")];
    expect(reachOf(ip("8.8.8.8"), [])).toBe("public");
    expect(reachOf(ip("127.0.0.9"), [])).toBe("private");
    expect(reachOf(ip("127.0.0.9"), lab)).toBe("lab");
    expect(reachOf(ip("10.0.0.1"), lab)).toBe("private");
    expect(reachOf(ip("::1"), lab)).toBe("private");
  });
});
