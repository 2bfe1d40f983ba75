import { describe, expect, test } from "vitest";
import type { FakeProxy } from "../../../support/fleet/fake-net.ts";
import { healthOf } from "../../../support/fleet/fleet.ts";
import { type Bench, bench, labelOf, phaseOf, runningBench, textsOf } from "../bench.ts";

async function rows({ fleet }: Bench): Promise<unknown> {
  const { accounts, proxies } = fleet.store;
  return [await proxies.list(), await proxies.health(), await accounts.assignments()];
}

function setFaults({ fleet }: Bench, fault: FakeProxy["fault"]): void {
  for (const proxy of fleet.net.proxies.values()) proxy.fault = fault;
}

/** Nothing of this host's network answers before the first proxy is tried. */
async function offlineBench(
  fault: FakeProxy["fault"],
  change: Parameters<typeof bench>[0] = {},
): Promise<Bench> {
  const made = await bench(change);
  setFaults(made, fault);
  made.fleet.net.directIp = undefined;
  return made;
}

describe("an account whose every proxy fails while no witness answers without one", () => {
  test.each(["refused", "hangs", "offline"] as const)("(%s) blames none and ends with 75", async (fault) => {
    const made = await offlineBench(fault, { unit: { onNoProxy: "exit" } });
    const before = await rows(made);
    await made.fleet.clock.advance(60_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 75, code: "LAUNCH_HOST_OFFLINE" });
    expect(made.run.ending?.reason).toMatch(/fra.*ams.*one\.test.*two\.test/);
    expect(await rows(made)).toEqual(before);
    const kinds = (await made.fleet.store.history.list({ limit: 20 })).map(({ kind }) => kind);
    expect(kinds).toContain("host.offline");
    expect(kinds).not.toContain("proxy.down");
  });

  test("waits 5 s, then ever longer up to 60 s where it holds, and starts when the network is back", async () => {
    const made = await offlineBench("refused");
    let asked = 0;
    made.fleet.net.onAsk = () => asked++;
    await made.fleet.clock.advance(4_900);
    const atOnce = asked;
    await made.fleet.clock.advance(200);
    expect(asked).toBe(2 * atOnce);
    await made.fleet.clock.advance(600_000);
    // At once, after 5, 10, 20 and 40 s, then every 60 s.
    expect(asked / atOnce).toBe(5 + 8);
    setFaults(made, "none");
    await made.fleet.clock.advance(60_000);
    expect(phaseOf(made)).toBe("running");
  });

  test("learns the host's own address before it takes an exit again, however long it was without a network", async () => {
    const made = await offlineBench("refused");
    await made.fleet.clock.advance(600_000);
    const { net } = made.fleet;
    net.directIp = "198.51.100.9";
    setFaults(made, "none");
    const fra = net.proxies.get("fra");
    if (fra !== undefined) fra.exitIp = "198.51.100.9";
    await made.fleet.clock.advance(60_000);
    expect(phaseOf(made)).toBe("running");
    expect(labelOf(made)).toBe("ams");
    expect(textsOf(made).join("\n")).not.toContain("leaves fra");
  });
});

test("proxies that fail while a witness answers without one are down", async () => {
  const made = await bench({ unit: { onNoProxy: "exit" } });
  setFaults(made, "refused");
  await made.fleet.clock.advance(10_000);
  expect(made.run.ending).toMatchObject({ exitStatus: 75, code: "LAUNCH_PROXY_UNAVAILABLE" });
  expect(await healthOf(made.fleet, "fra")).toBe("down");
});

test("a proxy that fails while another of the account works is down, whether or not witnesses answer without one", async () => {
  const made = await bench();
  made.fleet.net.directIp = undefined;
  const fra = made.fleet.net.proxies.get("fra");
  if (fra !== undefined) fra.fault = "refused";
  await made.fleet.clock.advance(1_000);
  expect(phaseOf(made)).toBe("running");
  expect(await healthOf(made.fleet, "fra")).toBe("down");
});

test("what this host cannot do never marks a proxy, even while another one works", async () => {
  const made = await bench();
  const fra = made.fleet.net.proxies.get("fra");
  if (fra !== undefined) fra.fault = "offline";
  await made.fleet.clock.advance(1_000);
  expect(phaseOf(made)).toBe("running");
  expect(await healthOf(made.fleet, "fra")).toBeUndefined();
});

test("a running bot whose host loses its network stays on its exit, unblamed", async () => {
  const made = await runningBench();
  const before = await rows(made);
  setFaults(made, "offline");
  made.fleet.net.directIp = undefined;
  await made.fleet.clock.advance(120_000);
  expect([phaseOf(made), made.launcher.host.processes.length]).toEqual(["verifying", 1]);
  expect(await rows(made)).toEqual(before);
  setFaults(made, "none");
  await made.fleet.clock.advance(10_000);
  expect(phaseOf(made)).toBe("running");
  expect(textsOf(made).filter((text) => /not used/.test(text))).toEqual([]);
});
