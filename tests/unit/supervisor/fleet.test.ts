import fc from "fast-check";
import { expect, test } from "vitest";
import { brokenPromises, openFleet } from "../../support/fleet/fleet.ts";
import { anyMishaps, calmDown, happen, leftovers } from "../../support/fleet/mishaps.ts";

const numRuns = process.env["LAUNCH_TEST_SIZE"] === "full" ? 3_000 : 100;
const shape = {
  proxies: { fra: "203.0.113.1", ams: "203.0.113.2", par: "203.0.113.1" },
  accounts: { alice: ["fra", "ams", "par"], bob: ["par", "ams", "fra"] },
  hosts: ["host-0", "host-1"],
  watch: brokenPromises,
};

test("whatever happens to two launchers: one process an account, one account an exit, no open gate without lease and exit, nothing after the deadline", async () => {
  await fc.assert(
    fc.asyncProperty(anyMishaps, async (mishaps) => {
      const fleet = await openFleet(shape);
      for (const mishap of mishaps) {
        await happen(fleet, mishap);
        await fleet.clock.settle();
        expect(fleet.faults).toEqual([]);
      }
      await calmDown(fleet);
      expect([...fleet.faults, ...leftovers(fleet)]).toEqual([]);
    }),
    { numRuns },
  );
}, 60_000);
