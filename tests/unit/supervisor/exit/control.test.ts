import { expect, test } from "vitest";
import type { Change } from "../../../../lib/domain/verdict/change.ts";
import type { FakeProxy } from "../../../support/fleet/fake-net.ts";
import { openFleet, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { labelOf, phaseOf } from "../bench.ts";

const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;

type Proxies = Readonly<Record<"one" | "two", FakeProxy>>;

async function losing(broken: readonly string[], prepare: (proxies: Proxies) => void = () => {}) {
  const exits = {
    one: "198.51.100.1",
    two: "203.0.113.2",
    three: "192.88.99.3",
    four: "100.24.1.4",
    five: "101.33.1.5",
  };
  const fleet = await openFleet({
    proxies: exits,
    accounts: { alice: Object.keys(exits) },
    hosts: ["host-0"],
  });
  const [launcher] = fleet.launchers;
  if (launcher === undefined) throw new Error("a fleet without launcher");
  const run = launchBot(fleet, launcher, "alice");
  await fleet.clock.advance(10);
  const made = { fleet, launcher, run };
  expect([phaseOf(made), labelOf(made)]).toEqual(["running", "one"]);
  const [one, two] = [fleet.net.proxies.get("one"), fleet.net.proxies.get("two")];
  if (one === undefined || two === undefined) throw new Error("a fleet without these proxies");
  prepare({ one, two });
  for (const label of ["one", ...broken]) {
    const proxy = fleet.net.proxies.get(label);
    if (proxy !== undefined) proxy.fault = "refused";
  }
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
  await fleet.clock.advance(30_000);
  return made;
}

test("an exit is left when the third of the other candidates answers", async () => {
  const made = await losing(["two", "three"]);
  expect([phaseOf(made), labelOf(made)]).toEqual(["running", "four"]);
});

test("an exit that answers again while others are asked is kept: what failed was this host's way to all of them", async () => {
  const made = await losing([], ({ one, two }) => {
    two.showsTo = () => {
      one.fault = "none";
      return two.exitIp;
    };
  });
  expect([phaseOf(made), labelOf(made), made.launcher.host.processes.length]).toEqual(["running", "one", 1]);
});

test("no more than three others are asked before the exit stays in doubt", async () => {
  const made = await losing(["two", "three", "four"]);
  expect([phaseOf(made), labelOf(made)]).toEqual(["verifying", "one"]);
});

test("what an operator writes between a run's read of an assignment and its verdict is kept, and the drop is said", async () => {
  const fleet = await openFleet({
    proxies: { fra: "203.0.113.1", ams: "203.0.113.2" },
    accounts: { alice: ["fra", "ams"] },
    hosts: ["host-0"],
  });
  const [launcher] = fleet.launchers;
  if (launcher === undefined) throw new Error("a fleet without launcher");
  const fra = fleet.net.proxies.get("fra");
  if (fra !== undefined) fra.fault = "refused";
  const written = { ...launcher.ports.store };
  let isDisabled = false;
  Object.assign(launcher.ports.store, {
    apply: async (changes: readonly Change[]) => {
      const cooling = changes.find(
        (change) => change.on === "assignment" && change.next.status === "cooling",
      );
      if (cooling?.on === "assignment" && !isDisabled) {
        isDisabled = true;
        await fleet.store.accounts.updateAssignment(cooling.id, { status: "disabled" });
      }
      return written.apply(changes);
    },
  });
  const run = launchBot(fleet, launcher, "alice");
  await fleet.clock.advance(5_000);
  expect(labelOf({ fleet, launcher, run })).toBe("ams");
  const statuses = (await fleet.store.accounts.assignments()).map(
    ({ status, failures }) => `${status} ${failures}`,
  );
  expect(statuses.toSorted()).toEqual(["active 0", "disabled 0"]);
  expect(launcher.said.map(({ text }) => text)).toContain(
    "the verdict on fra was not stored: its assignment was changed meanwhile",
  );
});
