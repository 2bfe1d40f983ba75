import { expect, test } from "vitest";
import type { Proof } from "../../../../lib/domain/exit-check.ts";
import type { ExitIp } from "../../../../lib/domain/ip.ts";
import { isSameExit, type ProvenCandidate } from "../../../../lib/policy/machine/state.ts";

const seen = (proxyId: string, ...exitIps: readonly string[]) =>
  ({ proxyId, proof: { exitIps: exitIps as readonly ExitIp[] as Proof["exitIps"] } }) as ProvenCandidate;

const [ipv4, otherIpv4] = ["203.0.113.7", "203.0.113.8"];
const [ipv6, sameNetwork, otherIpv6] = ["2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:2:2::1"];

test.each([
  ["the same address", [ipv4], [ipv4], true],
  ["another address", [ipv4], [otherIpv4], false],
  ["one network of IPv6", [ipv6], [sameNetwork], true],
  ["one family less", [ipv4, ipv6], [ipv4], true],
  ["one family more", [ipv4], [ipv4, ipv6], true],
  ["another address in one of two families", [ipv4, ipv6], [ipv4, otherIpv6], false],
  // Nothing that was proven before was proven again.
  ["the other family alone", [ipv4], [ipv6], false],
])("a proof of %s: %j, then %j", (_title, before, after, is) => {
  expect(isSameExit(seen("p1", ...before), seen("p1", ...after))).toBe(is);
  expect(isSameExit(seen("p1", ...before), seen("p2", ...after))).toBe(false);
});
