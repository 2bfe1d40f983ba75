import { expect, test } from "vitest";
import { sayHeartbeat } from "../../../support/fleet/fake-host.ts";
import { processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { type Bench, bench, heartbeatFor, labelOf, phaseOf, showFromFra, textsOf } from "../bench.ts";

const witnesses = ["https://a4.test/", "https://b4.test/", "https://a6.test/", "https://b6.test/"];
const isSix = (witness: string) => witness.includes("6.test");

interface Seen {
  v4: string | undefined;
  v6: string | undefined;
}

/** alice's bot behind a proxy with exits in both families, seen by two witnesses each. */
async function dualBench(seen: Seen, how: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  let turn = 0;
  // Every witness has its turn.
  const made = await bench(how, { witnesses, random01: () => (turn++ % 8) / 8 });
  showFromFra(made, (witness) => (isSix(witness) ? seen.v6 : seen.v4));
  await made.fleet.clock.advance(10);
  return made;
}

const fra = (): Seen => ({ v4: "203.0.113.1", v6: "2001:db8:1::1" });

function exitKeysOf({ fleet, run }: Bench): readonly string[] {
  return fleet.memory.state.exits.filter(({ runId }) => runId === run.runId).map(({ exitKey }) => exitKey);
}

function openUsesOf({ fleet, run }: Bench): readonly string[] {
  return fleet.memory.state.exitUses
    .filter(({ runId, until }) => runId === run.runId && until === undefined)
    .flatMap(({ exitIps }) => [...exitIps]);
}

test("an exit of both families is leased, recorded, shown and let through in both, and given back in both", async () => {
  const made = await dualBench(fra());
  expect(exitKeysOf(made)).toEqual(["203.0.113.1", "2001:db8:1::/64"]);
  expect(openUsesOf(made)).toEqual(["203.0.113.1", "2001:db8:1::1"]);
  const [live] = await made.fleet.store.runs.live();
  expect(live?.run).toMatchObject({ exitIp: "203.0.113.1", secondExitIp: "2001:db8:1::1" });
  const process = processOf(made.launcher, made.run);
  if (process !== undefined) sayHeartbeat(made.launcher.host, process);
  expect(textsOf(made)).toContainEqual(expect.stringContaining("fra  203.0.113.1  2001:db8:1::1  "));
  expect(relayOf(made.launcher, made.run).families()).toEqual(["ipv4", "ipv6"]);
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(2_000);
  expect([made.fleet.memory.state.exits, openUsesOf(made)]).toEqual([[], []]);
});

test("a family in which one witness answers is neither leased nor let through", async () => {
  const made = await bench({}, { witnesses });
  showFromFra(made, (witness) => (witness === witnesses[3] ? "2001:db8:1::1" : "203.0.113.1"));
  await made.fleet.clock.advance(10);
  expect(exitKeysOf(made)).toEqual(["203.0.113.1"]);
  expect(relayOf(made.launcher, made.run).families()).toEqual(["ipv4"]);
  expect(textsOf(made)).toContainEqual(
    expect.stringMatching(/^fra: .*b6\.test.* saw 2001:db8:1::1: .*not proven, not leased and not watched/),
  );
});

test.each(["v4", "v6"] as const)("another address of %s alone is drift", async (family) => {
  const seen = fra();
  const made = await dualBench(seen);
  await heartbeatFor(made, 10_000);
  const other = { v4: "203.0.113.99", v6: "2001:db8:9::1" }[family];
  seen[family] = other;
  made.launcher.host.habits.reads = (witness) => (isSix(witness) ? seen.v6 : seen.v4) ?? "";
  await heartbeatFor(made, 600_000);
  expect(labelOf(made)).toBe("ams");
  expect(textsOf(made)).toContainEqual(expect.stringMatching(`leaves fra .* saw ${other}, not `));
  expect(exitKeysOf(made)).toEqual(["203.0.113.2"]);
});

test("one witness that tells another address of a family is outvoted by the other one of that family", async () => {
  const made = await dualBench(fra());
  await heartbeatFor(made, 10_000);
  made.launcher.host.habits.reads = (witness) => {
    if (witness === witnesses[2]) return "2001:db8:9::1";
    return isSix(witness) ? "2001:db8:1::1" : "203.0.113.1";
  };
  showFromFra(made, made.launcher.host.habits.reads);
  await heartbeatFor(made, 600_000);
  expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 1]);
});

test("a family that merely stops answering is no drift, not even when the bot's transport is under suspicion", async () => {
  const seen = fra();
  const made = await dualBench(seen);
  await heartbeatFor(made, 10_000);
  seen.v6 = undefined;
  const failure = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
  relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
  await heartbeatFor(made, 600_000);
  expect([labelOf(made), phaseOf(made), made.launcher.host.processes.length]).toEqual(["fra", "running", 1]);
});

test("a restart on an exit whose second family is silent keeps the exit, and lets its literals through no more", async () => {
  const seen = fra();
  const made = await dualBench(seen);
  seen.v6 = undefined;
  // Long enough that the exit is proven again.
  made.fleet.net.areWitnessesDown = true;
  await heartbeatFor(made, 400_000);
  made.fleet.net.areWitnessesDown = false;
  processOf(made.launcher, made.run)?.end({ code: 1, signal: undefined });
  await made.fleet.clock.advance(10_000);
  expect([labelOf(made), phaseOf(made), made.launcher.host.processes.length]).toEqual(["fra", "running", 2]);
  expect(relayOf(made.launcher, made.run).families()).toEqual(["ipv4"]);
  expect(openUsesOf(made)).toEqual(["203.0.113.1"]);
});

test("two accounts whose proxies share one IPv6 /64 are kept apart, and the second one is told by which address", async () => {
  const made = await dualBench(fra());
  const [, other] = made.fleet.launchers;
  if (other === undefined) throw new Error("one launcher only");
  const ams = made.fleet.net.proxies.get("ams");
  if (ams !== undefined) ams.showsTo = (witness) => (isSix(witness) ? "2001:db8:1::2" : "203.0.113.2");
  const run = launchBot(made.fleet, other, "bob");
  await heartbeatFor(made, 20_000);
  expect(labelOf({ ...made, launcher: other, run })).toBe("par");
  const told = other.said.map(({ text }) => text);
  expect(told).toContainEqual(expect.stringContaining("leaves from 2001:db8:1::2, which alice holds"));
  expect(made.fleet.memory.state.exits.map(({ exitKey }) => exitKey)).toEqual([
    "203.0.113.1",
    "2001:db8:1::/64",
    "203.0.113.3",
  ]);
});

test("an exit that shows the host's own address in the second family is refused", async () => {
  const made = await bench({}, { witnesses });
  made.fleet.net.directIpv6 = "2001:db8:1::77";
  showFromFra(made, (witness) => (isSix(witness) ? "2001:db8:1::1" : "203.0.113.1"));
  const [, other] = made.fleet.launchers;
  if (other === undefined) throw new Error("one launcher only");
  await made.fleet.clock.advance(100);
  expect(labelOf(made)).toBe("ams");
  expect(textsOf(made)).toContainEqual(expect.stringContaining("2001:db8:1::1, the host's own address"));
});
