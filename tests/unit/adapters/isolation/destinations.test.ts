import { expect, test } from "vitest";
import { openFakeAddresses } from "../../../../lib/adapters/isolation/dns/fake-addresses.ts";
import {
  forwardedDestination,
  insideAddresses,
} from "../../../../lib/adapters/isolation/network/destinations.ts";

const addresses = openFakeAddresses();
const known = addresses.addressOf("venue.test");
const to = (localAddress: string) => forwardedDestination({ localAddress, localPort: 443 }, addresses);

test("a stand-in address means its name, any other address itself", () => {
  expect(to(`::ffff:${known}`)).toEqual({ host: "venue.test", port: 443 });
  expect(to("::ffff:8.8.8.8")).toEqual({ host: "8.8.8.8", port: 443 });
  expect(to("2001:4860::1")).toEqual({ host: "2001:4860::1", port: 443 });
});

test("loopback and stand-in addresses that nobody was given lead nowhere", () => {
  for (const address of ["127.0.0.1", "::ffff:127.9.9.9", "::1", "198.19.255.254", "198.18.0.53"])
    expect(to(address)).toBeUndefined();
});

test("an bypass target stands at its own address, localhost at both loopbacks, a name at a stand-in", () => {
  expect(insideAddresses({ host: "10.0.0.5", port: 1 }, addresses)).toEqual(["10.0.0.5"]);
  expect(insideAddresses({ host: "localhost", port: 1 }, addresses)).toEqual(["127.0.0.1", "::1"]);
  expect(insideAddresses({ host: "venue.test", port: 1 }, addresses)).toEqual([known]);
});
