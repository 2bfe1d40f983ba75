import { expect, test } from "vitest";
import { toldBy } from "../../../../lib/adapters/relay/outbound/told.ts";

test.each([
  "IP not whitelisted",
  "Your IP address 203.0.113.7 is not authorized",
  "client address not allowed to use this proxy",
  "access denied: source IP is not in the allowlist",
])("%s: this host's address is not let in", (why) => {
  expect(toldBy(why)).toBe("allow-list");
});

test.each([
  "Connections to IP addresses are not allowed",
  "Access to private address is not permitted",
  "CONNECT to a raw IP not allowed",
  "reserved IP is not allowed",
  "IP literals are not supported, address not allowed",
  "Domain is not in the whitelist",
])("%s: a rule about where the bot goes says nothing of this host", (why) => {
  expect(toldBy(why)).toBeUndefined();
});
