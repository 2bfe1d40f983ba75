import { describe, expect, test, vi } from "vitest";
import type { VenueName } from "../../../../lib/domain/account.ts";
import { sayHeartbeat } from "../../../support/fleet/fake-host.ts";
import { type Fleet, processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { launchBot } from "../../../support/fleet/launch-units.ts";
import { type Bench, bench, heartbeatFor, phaseOf, runningBench, textsOf } from "../bench.ts";

/*
 * A stop ends the launcher at once, whatever is being asked of the world through a proxy that hangs, and what was given up
 * says nothing of that proxy.
 */

const atOnceMs = 50;
const never = new Promise<never>(() => {});

function fault({ fleet }: Pick<Bench, "fleet">, kind: "hangs" | "refused", ...labels: readonly string[]) {
  for (const label of labels) {
    const proxy = fleet.net.proxies.get(label);
    if (proxy !== undefined) proxy.fault = kind;
  }
}

/** What the database holds of proxies, assignments and their history. */
async function verdictsIn({ memory, store }: Fleet) {
  const { proxies, health, reputations } = memory.state;
  const assignments = await store.accounts.assignments();
  const events = await store.history.list({ limit: 100 });
  return structuredClone({
    proxies,
    health,
    reputations,
    // One that is in use is on standby again after the end.
    assignments: assignments.map(({ id, status, failures }) => [
      id,
      status.replace("active", "standby"),
      failures,
    ]),
    events: events.map(({ kind }) => kind).filter((kind) => /^(?:proxy|exit|assignment|host)\./.test(kind)),
  });
}

function sayHeartbeatOf({ launcher, run }: Bench): void {
  const process = processOf(launcher, run);
  if (process !== undefined) sayHeartbeat(launcher.host, process);
}

/** Stops the run; what was left of the launcher a moment later, and whether anything was held against a proxy then or later. */
async function stopped(made: Bench, before: Awaited<ReturnType<typeof verdictsIn>>) {
  const { fleet, launcher, run } = made;
  run.runner.requestStop("TERM");
  await fleet.clock.advance(atOnceMs);
  const reason = run.ending?.reason;
  const areClosed = launcher.relays.every((relay) => relay.isClosed());
  await fleet.clock.advance(60_000);
  expect(await verdictsIn(fleet)).toEqual(before);
  expect(textsOf(made).filter((text) => text.includes("is not used"))).toEqual([]);
  return [reason, areClosed];
}

/** Alice's bot on fra, where she trades at one venue; it stops at once when asked. */
async function atVenue(): Promise<Bench> {
  const { fleet, launcher, run: former } = await bench();
  former.runner.requestStop("TERM");
  await fleet.clock.advance(1_000);
  await fleet.store.accounts.update(former.account.id, { venues: ["binance" as VenueName] });
  const run = launchBot(fleet, launcher, "alice");
  await fleet.clock.advance(100);
  launcher.host.habits.stopsAfterMs = 0;
  return { fleet, launcher, run };
}

const atOnce = ["stopped by SIGTERM", true];

describe("a stop while a start", () => {
  test("asks the witnesses through a proxy that hangs is done at once", async () => {
    const made = await bench();
    fault(made, "hangs", "fra");
    const before = await verdictsIn(made.fleet);
    await made.fleet.clock.advance(1_000);
    expect(phaseOf(made)).toBe("proving");
    expect(await stopped(made, before)).toEqual(atOnce);
  });

  test("waits for the host's own address is done at once", async () => {
    const { fleet, run: former } = await bench();
    former.runner.requestStop("TERM");
    await fleet.clock.advance(1_000);
    // Another one, which has not asked for it yet.
    const next = fleet.addLauncher("host-1");
    next.ports.witness.directIp = () => never;
    const made = { fleet, launcher: next, run: launchBot(fleet, next, "alice") };
    const before = await verdictsIn(fleet);
    await made.fleet.clock.advance(1_000);
    expect(phaseOf(made)).toBe("proving");
    expect(await stopped(made, before)).toEqual(atOnce);
  });

  test("asks whether this host reaches anything is done at once, and holds nothing against the proxies", async () => {
    const made = await bench();
    fault(made, "refused", "fra", "ams");
    let answer = (_answer: { readonly isAnswered: boolean; readonly asked: readonly string[] }): void => {};
    made.launcher.ports.control.ask = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    await made.fleet.clock.advance(1_000);
    const before = await verdictsIn(made.fleet);
    expect(phaseOf(made)).toBe("choosing");
    made.launcher.said.length = 0;
    const outcome = await stopped(made, before);
    answer({ isAnswered: true, asked: ["one.test"] });
    await made.fleet.clock.advance(1_000);
    expect([outcome, await verdictsIn(made.fleet)]).toEqual([atOnce, before]);
  });
});

describe("a stop while a running bot's exit", () => {
  const failure = { kind: "timeout", scope: "upstream", message: "late", status: undefined } as const;

  async function suspected(...hanging: readonly string[]): Promise<Bench> {
    const made = await runningBench();
    made.launcher.host.habits.stopsAfterMs = 0;
    fault(made, "hangs", ...hanging);
    relayOf(made.launcher, made.run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
    await made.fleet.clock.advance(100);
    expect(phaseOf(made)).toBe("verifying");
    return made;
  }

  test("is verified is done at once", async () => {
    const made = await suspected("fra");
    expect(await stopped(made, await verdictsIn(made.fleet))).toEqual(atOnce);
  });

  test("is put to the vote is done at once", async () => {
    const made = await runningBench();
    await heartbeatFor(made, 10_000);
    made.launcher.host.habits.stopsAfterMs = 0;
    made.launcher.host.habits.reads = () => "203.0.113.99";
    fault(made, "hangs", "fra");
    while (phaseOf(made) === "running") {
      sayHeartbeatOf(made);
      await made.fleet.clock.advance(100);
    }
    expect(phaseOf(made)).toBe("verifying");
    expect(await stopped(made, await verdictsIn(made.fleet))).toEqual(atOnce);
  });

  test("is compared with another proxy is done at once", async () => {
    const made = await suspected("fra", "ams");
    while (made.launcher.relays.length === 1) await made.fleet.clock.advance(100);
    expect(phaseOf(made)).toBe("verifying");
    expect(await stopped(made, await verdictsIn(made.fleet))).toEqual(atOnce);
  });
});

describe("a stop while a switch is prepared", () => {
  const slow = {
    cause: "slow_burn",
    reason: "a tenth of its connections fail.",
    mustLeave: false,
    backOffMs: 0,
  } as const;

  /** That bot, as the other exit is asked about. */
  async function preparing(prepare: (made: Bench) => void): Promise<Bench> {
    const made = await atVenue();
    const { fleet, launcher } = made;
    prepare(made);
    const relays = launcher.relays.length;
    made.run.runner.wantSwitch(slow);
    // What is loaded only when it is used takes turns that no fake clock counts.
    await vi.waitFor(() => expect(launcher.relays.length).toBe(relays + 1));
    await fleet.clock.advance(100);
    expect(phaseOf(made)).toBe("preparing");
    return made;
  }

  test("and proven through a proxy that hangs is done at once", async () => {
    const made = await preparing((each) => fault(each, "hangs", "ams"));
    expect(await stopped(made, await verdictsIn(made.fleet))).toEqual(atOnce);
  });

  test("and its venue is silent is done at once", async () => {
    let isAsked = false;
    const made = await preparing(({ launcher }) => {
      launcher.ports.venueProbe.ask = () => {
        isAsked = true;
        return never;
      };
    });
    expect(isAsked).toBe(true);
    expect(await stopped(made, await verdictsIn(made.fleet))).toEqual(atOnce);
  });
});

test("a stop while it is found out what a venue's refusal means is done at once", async () => {
  const made = await atVenue();
  const { fleet, launcher } = made;
  let isAsked = false;
  launcher.ports.venueProbe.ask = () => {
    isAsked = true;
    return never;
  };
  const report = { what: "geo_blocked", venue: "binance", untilAt: undefined, why: "so it says" } as const;
  launcher.host.sockets.get(made.run.runId)?.onEvent({ type: "report", pid: 1, ...report });
  await vi.waitFor(async () => {
    await fleet.clock.advance(100);
    expect(isAsked).toBe(true);
  });
  expect(await stopped(made, await verdictsIn(fleet))).toEqual(atOnce);
});

describe("a stop while a standby", () => {
  test("is tried in the background is done at once", async () => {
    const made = await runningBench({}, { hasProbes: true });
    made.launcher.host.habits.stopsAfterMs = 0;
    fault(made, "hangs", "ams");
    while (made.launcher.relays.length === 1) await heartbeatFor(made, 5_000);
    const before = await verdictsIn(made.fleet);
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(atOnceMs);
    let isClosed = false;
    void made.launcher.units.close().then(() => {
      isClosed = true;
    });
    await made.fleet.clock.advance(atOnceMs);
    expect([isClosed, made.launcher.relays.every((relay) => relay.isClosed())]).toEqual([true, true]);
    await made.fleet.clock.advance(60_000);
    expect(await verdictsIn(made.fleet)).toEqual(before);
  });
});
