import { describe, expect, test } from "vitest";
import type { AssignmentId } from "../../../../lib/domain/ids.ts";
import { type Fleet, openFleet, proxyOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import type { Bench } from "../bench.ts";
import { labelOf, phaseOf } from "../bench.ts";

/*
 * Every proxy has a network of its own, and a vendor by the first letter of its label. But for what was lost, they rank as
 * they are written: equal in priority, each leased later than the one before.
 */
const exits = {
  "a-one": "198.51.100.1",
  "a-two": "203.0.113.2",
  "a-three": "192.88.99.3",
  "b-one": "100.24.1.4",
  "c-one": "101.33.1.5",
} as const;
type Label = keyof typeof exits;

async function seekingBench(settings: Parameters<typeof launchBot>[3] = {}): Promise<Bench> {
  const fleet = await openFleet({
    proxies: exits,
    accounts: { alice: Object.keys(exits) },
    hosts: ["host-0"],
  });
  for (const [index, label] of Object.keys(exits).entries()) {
    await fleet.store.proxies.update((await proxyOf(fleet, label)).id, { provider: `vendor ${label[0]}` });
    const lastLeasedAt = fleet.clock.now() + index;
    await fleet.store.accounts.updateAssignment(`alice-${label}` as AssignmentId, {
      priority: 1,
      lastLeasedAt: lastLeasedAt as never,
    });
  }
  const [launcher] = fleet.launchers;
  if (launcher === undefined) throw new Error("a fleet without launcher");
  const run = launchBot(fleet, launcher, "alice", settings);
  await fleet.clock.advance(10);
  const made = { fleet, launcher, run };
  expect([phaseOf(made), labelOf(made)]).toEqual(["running", "a-one"]);
  return made;
}

function fail(fleet: Fleet, ...labels: readonly Label[]): void {
  for (const label of labels) {
    const proxy = fleet.net.proxies.get(label);
    if (proxy !== undefined) proxy.fault = "refused";
  }
}

/** Lets the exit in use fail until the bot is on another one; the proxies that were proven meanwhile, in turn. */
async function loseExit(made: Bench): Promise<void> {
  fail(made.fleet, "a-one");
  const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
  relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
  await made.fleet.clock.advance(20_000);
}

describe("a bot that another launcher hands over", () => {
  async function handedOver(label: Label, isUsable = true) {
    const fleet = await openFleet({
      proxies: exits,
      accounts: { alice: Object.keys(exits) },
      hosts: ["host-0"],
    });
    for (const [index, each] of Object.keys(exits).entries())
      await fleet.store.accounts.updateAssignment(`alice-${each}` as AssignmentId, { priority: index + 1 });
    const [launcher] = fleet.launchers;
    if (launcher === undefined) throw new Error("a fleet without launcher");
    if (!isUsable) fail(fleet, label);
    const cameFrom = (await proxyOf(fleet, label)).id;
    const run = launchBot(fleet, launcher, "alice", { hooks: { cameFrom } });
    await fleet.clock.advance(1_000);
    return { fleet, launcher, run };
  }

  test("keeps its exit, although another one has a better priority", async () => {
    const made = await handedOver("b-one");
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "b-one"]);
  });

  test("takes the best exit where its own cannot be used any more", async () => {
    const made = await handedOver("b-one", false);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "a-one"]);
  });

  test("goes by priority once it has lost that exit", async () => {
    const made = await handedOver("b-one");
    fail(made.fleet, "b-one");
    const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
    relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
    await made.fleet.clock.advance(20_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "a-one"]);
  });
});

describe("an account that lost its exit", () => {
  test("goes to another vendor, although a proxy of the same one would be its turn", async () => {
    const made = await seekingBench();
    await loseExit(made);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "b-one"]);
  });

  test("prefers another vendor for the second candidate of the choice as well, when the first cannot be proven", async () => {
    const made = await seekingBench();
    fail(made.fleet, "b-one");
    await loseExit(made);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "c-one"]);
  });

  test("asks others than dead proxies of a better priority whether this host reaches anything", async () => {
    const made = await seekingBench();
    const { fleet } = made;
    for (const label of ["a-two", "a-three", "b-one"] as const) {
      fail(fleet, label);
      const { id: proxyId } = await proxyOf(fleet, label);
      const was = { nextProbeAt: fleet.clock.now(), since: fleet.clock.now(), failures: 1 };
      const next = {
        ...was,
        proxyId,
        hostKey: "host-0",
        state: "down",
        lastOkAt: undefined,
        latencyMs: undefined,
      };
      await fleet.store.apply([{ on: "health", expected: undefined, next: { ...next, state: "down" } }]);
    }
    await fleet.store.accounts.updateAssignment("alice-c-one" as AssignmentId, { priority: 2 });
    await loseExit(made);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "c-one"]);
  });

  test("prefers another vendor when the first candidate is not seen from inside", async () => {
    const made = await seekingBench({ settings: { tier: "kernel" } });
    const { launcher, run, fleet } = made;
    launcher.host.habits.insideDial = (...words) => {
      const relay = relayOf(launcher, run);
      if (relay.upstreamLabel() !== "b-one") return relay.dial(...words);
      const failure = { kind: "reset", scope: "target", message: "reset", status: undefined };
      return Promise.reject(Object.assign(new Error("reset"), { failure }));
    };
    await loseExit(made);
    await fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "c-one"]);
  });

  test("says whenever it waits for one, with why", async () => {
    const heard: string[] = [];
    const made = await seekingBench({ hooks: { onHolding: (why) => heard.push(why) } });
    expect(heard).toEqual([]);
    for (const label of Object.keys(exits))
      await made.fleet.store.accounts.updateAssignment(`alice-${label}` as AssignmentId, { status: "held" });
    await made.fleet.clock.advance(10_000);
    expect(phaseOf(made)).toBe("holding");
    expect(heard[0]).toMatch(/no usable proxy/);
  });

  test("still prefers another vendor after it had to wait for one", async () => {
    const made = await seekingBench();
    const { accounts } = made.fleet.store;
    const change = async (status: "disabled" | "standby") => {
      for (const label of Object.keys(exits).slice(1))
        await accounts.updateAssignment(`alice-${label}` as AssignmentId, { status });
    };
    await change("disabled");
    await accounts.updateAssignment("alice-a-one" as AssignmentId, { status: "held" });
    await made.fleet.clock.advance(10_000);
    expect(phaseOf(made)).toBe("holding");
    await change("standby");
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "b-one"]);
  });

  test("tries each candidate once in a choice", async () => {
    const made = await seekingBench();
    const { fleet, launcher } = made;
    fail(fleet, "a-one", "b-one", "c-one");
    await loseExit(made);
    const tries = launcher.said.filter(({ text }) => text.includes("is not used"));
    expect(tries.map(({ text }) => text.split(" ")[0])).toEqual(["b-one", "c-one"]);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "a-two"]);
  });

  test("gives back at once an exit that could not be proven again for a restart", async () => {
    const made = await seekingBench();
    const { fleet, run } = made;
    fail(fleet, "a-one");
    relayOf(made.launcher, run).options.onEvent({
      type: "failed",
      target: "venue.test:443",
      failure: { kind: "refused", scope: "upstream", message: "refused", status: undefined },
    });
    made.launcher.host.processes.at(-1)?.end({ code: 1, signal: undefined });
    await fleet.clock.advance(5_000);
    expect(labelOf(made)).toBe("b-one");
    expect(fleet.memory.state.exits.map(({ exitKey }) => exitKey)).toEqual([exits["b-one"]]);
  });
});
