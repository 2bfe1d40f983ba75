import { describe, expect, test, vi } from "vitest";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import { type FakeProxy, witnesses } from "../../support/fleet/fake-net.ts";
import { healthOf, relayOf } from "../../support/fleet/fleet.ts";
import { type Bench, heartbeatFor, labelOf, phaseOf, runningBench, showFromFra, textsOf } from "./bench.ts";

const failure = { kind: "refused", scope: "upstream", message: "fra refused", status: undefined } as const;

const blocked = { kind: "blocked", scope: "target", message: "HTTP 502", status: 502 } as const;

function failOneConnection({ launcher, run }: Bench, how: TransportFailure = failure): void {
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "venue.test:443", failure: how });
}

function setFault({ fleet }: Bench, label: string, fault: FakeProxy["fault"]): void {
  const proxy = fleet.net.proxies.get(label);
  if (proxy !== undefined) proxy.fault = fault;
}

describe("the transport", () => {
  test("is left within about six seconds when another proxy works", async () => {
    const made = await runningBench();
    setFault(made, "fra", "refused");
    failOneConnection(made);
    await made.fleet.clock.advance(3_500);
    expect(labelOf(made)).toBe("fra");
    await made.fleet.clock.advance(3_500);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
  });

  test("is kept when no other proxy works either, and goes on when it comes back", async () => {
    const made = await runningBench();
    setFault(made, "fra", "refused");
    setFault(made, "ams", "refused");
    failOneConnection(made);
    await made.fleet.clock.advance(30_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["verifying", "fra"]);
    setFault(made, "fra", "none");
    await made.fleet.clock.advance(6_000);
    expect([phaseOf(made), made.launcher.host.processes.length]).toEqual(["running", 1]);
  });

  test("is left after two refused credentials, and the proxies that share it are set aside", async () => {
    const made = await runningBench();
    setFault(made, "fra", "auth");
    failOneConnection(made);
    await made.fleet.clock.advance(4_000);
    expect(labelOf(made)).toBe("ams");
    expect(await healthOf(made.fleet, "fra")).toBe("auth_failed");
  });

  test("of an idle bot is looked at by the regular reading", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    made.launcher.host.habits.hello = "never";
    setFault(made, "fra", "hangs");
    await made.fleet.clock.advance(85_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("that fails for one target again and again asks the witnesses no more than every five seconds", async () => {
    const made = await runningBench();
    let asked = 0;
    made.fleet.net.onAsk = () => asked++;
    for (let i = 0; i < 50; i++) {
      failOneConnection(made);
      await made.fleet.clock.advance(100);
    }
    expect([asked, phaseOf(made)]).toEqual([2, "running"]);
  });

  test("is left as fast when the proxy answers and reaches nothing any more", async () => {
    const made = await runningBench();
    setFault(made, "fra", "blocked");
    failOneConnection(made, blocked);
    await made.fleet.clock.advance(7_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
  });

  test("of an idle bot is left at the next reading when the proxy reaches nothing any more", async () => {
    const made = await runningBench();
    setFault(made, "fra", "blocked");
    await heartbeatFor(made, 90_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("is looked at once a minute, and kept, while one venue alone is out of reach", async () => {
    const made = await runningBench();
    await heartbeatFor(made, 10_000);
    let asked = 0;
    made.fleet.net.onAsk = () => asked++;
    for (let i = 0; i < 100; i++) {
      failOneConnection(made, blocked);
      await made.fleet.clock.advance(100);
    }
    expect([asked, phaseOf(made), labelOf(made)]).toEqual([2, "running", "fra"]);
  });

  test("is kept when what lies beyond every proxy comes back between the question to it and to another", async () => {
    const made = await runningBench();
    await heartbeatFor(made, 10_000);
    setFault(made, "fra", "blocked");
    setFault(made, "ams", "blocked");
    let asked = 0;
    made.fleet.net.onAsk = () => {
      // Three rounds of two, two of the control, two more: the next question goes through the control.
      if (++asked !== 11) return;
      setFault(made, "fra", "none");
      setFault(made, "ams", "none");
    };
    failOneConnection(made, blocked);
    await heartbeatFor(made, 30_000);
    expect(asked).toBeGreaterThan(11);
    expect([phaseOf(made), labelOf(made), made.launcher.host.processes.length]).toEqual([
      "running",
      "fra",
      1,
    ]);
  });

  test("in doubt without end leaves a bot that hangs no less restarted", async () => {
    const made = await runningBench();
    await heartbeatFor(made, 5_000);
    made.fleet.net.areWitnessesDown = true;
    failOneConnection(made);
    await made.fleet.clock.advance(60_000);
    expect(labelOf(made)).toBe("fra");
    expect(made.launcher.host.processes.length).toBeGreaterThan(1);
  });

  test("is not blamed for witnesses that are down", async () => {
    const made = await runningBench();
    made.fleet.net.areWitnessesDown = true;
    failOneConnection(made);
    await made.fleet.clock.advance(20_000);
    expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 1]);
  });
});

describe("readings", () => {
  test("that show another address let nothing pass from then on and move the bot", async () => {
    const made = await runningBench();
    let seen = "203.0.113.1";
    made.launcher.host.habits.reads = () => seen;
    await heartbeatFor(made, 70_000);
    expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 1]);
    seen = "203.0.113.99";
    const proxy = made.fleet.net.proxies.get("fra");
    if (proxy !== undefined) proxy.exitIp = seen;
    const relay = relayOf(made.launcher, made.run);
    const gates = new Set<string>();
    made.fleet.net.onAsk = () => gates.add(relay.gate);
    while (labelOf(made) === "fra") await heartbeatFor(made, 5_000);
    expect([gates.has("open"), gates.has("paused"), gates.has("cut"), labelOf(made)]).toEqual([
      false,
      true,
      true,
      "ams",
    ]);
  });

  test("that change from connection to connection move the bot, although each time a witness sees the proven exit", async () => {
    const made = await runningBench();
    const rounds = new Map<string, number>();
    made.launcher.host.habits.reads = () => {
      if (rounds.size > 0) return "203.0.113.1";
      // From now on first the one witness sees the other address, then the other witness.
      showFromFra(made, (witness) => {
        const round = (rounds.get(witness) ?? 0) + 1;
        rounds.set(witness, round);
        return witnesses[(round - 1) % 2] === witness ? "203.0.113.99" : "203.0.113.1";
      });
      return "203.0.113.99";
    };
    await heartbeatFor(made, 75_000);
    expect(labelOf(made)).toBe("ams");
  });

  test("that show only another address family move the bot: the proven exit is gone", async () => {
    const made = await runningBench();
    made.launcher.host.habits.reads = () => "2001:db8::7";
    showFromFra(made, () => "2001:db8::7");
    await heartbeatFor(made, 90_000);
    expect(labelOf(made)).toBe("ams");
    expect(textsOf(made)).toContainEqual(expect.stringContaining("2001:db8::7"));
  });

  test("of another address family move nothing while one witness sees the proven exit", async () => {
    const made = await runningBench();
    made.launcher.host.habits.reads = () => "2001:db8::7";
    showFromFra(made, (witness) => (witness === witnesses[0] ? "2001:db8::7" : "203.0.113.1"));
    await heartbeatFor(made, 300_000);
    expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 1]);
  });

  test("from inside that show the host's own address end the run with 78: another exit would not help", async () => {
    const made = await runningBench();
    made.launcher.host.habits.reads = () => "192.0.2.1";
    await made.fleet.clock.advance(75_000);
    expect(made.run.ending).toMatchObject({ exitStatus: 78, code: "LAUNCH_TIER_UNAVAILABLE" });
  });

  test("are the launcher's own in the env tier, where nothing leads the observer to the relay", async () => {
    const made = await runningBench({ settings: { tier: "env" } });
    made.launcher.host.habits.reads = () => "192.0.2.1";
    await heartbeatFor(made, 150_000);
    expect([phaseOf(made), made.launcher.host.processes.length]).toEqual(["running", 1]);
  });

  test("follow a change of the host's own address: a bot whose exit it is now is moved within one renewal", async () => {
    const made = await runningBench();
    made.fleet.net.directIp = "203.0.113.1";
    await heartbeatFor(made, 605_000);
    expect(textsOf(made)).toContainEqual(expect.stringContaining("203.0.113.1, the host's own address"));
    expect(labelOf(made)).toBe("ams");
  });
});

test("a wait for a proxy that cools is said once, and not anew with every second less", async () => {
  const made = await runningBench();
  setFault(made, "ams", "auth");
  showFromFra(made, () => "203.0.113.99");
  made.launcher.host.habits.reads = () => "203.0.113.99";
  while (phaseOf(made) !== "holding") await heartbeatFor(made, 5_000);
  await made.fleet.clock.advance(30_000);
  expect(phaseOf(made)).toBe("holding");
  expect(textsOf(made).filter((text) => text.startsWith("holds, nothing runs"))).toHaveLength(1);
});

describe("what is written and asked while a bot runs", () => {
  test("keeps up with its heartbeats every quarter of a minute, not with each", async () => {
    const made = await runningBench();
    const written = vi.spyOn(made.launcher.link.store.runs, "update");
    await heartbeatFor(made, 60_000);
    const heartbeats = written.mock.calls.filter(([, change]) => "heartbeatAt" in change);
    expect(heartbeats).toHaveLength(4);
  });

  test.each([
    [0, 48_000],
    [0.25, 54_000],
  ])("is spread: by chance %d the exit is checked again after %d ms", async (random01, afterMs) => {
    const made = await runningBench({ settings: { tier: "env" } }, { random01: () => random01 });
    let asked = 0;
    made.fleet.net.onAsk = () => asked++;
    await made.fleet.clock.advance(afterMs - 20);
    expect(asked).toBe(0);
    await made.fleet.clock.advance(20);
    expect(asked).toBe(1);
  });
});
