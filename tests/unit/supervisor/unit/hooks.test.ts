import { describe, expect, test } from "vitest";
import { hookOf, processOf, proxyOf, relayOf } from "../../../support/fleet/fleet.ts";
import { type Bench, labelOf, phaseOf, runningBench, textsOf } from "../bench.ts";

const command = ["node", "cancel.js"];

async function benchWith(
  hooks: "preSwitch" | "onLost" | "both" | "none",
  tier: "preload" | "kernel" = "preload",
) {
  const unit = {
    ...(hooks === "preSwitch" || hooks === "both" ? { preSwitch: command } : {}),
    ...(hooks === "onLost" || hooks === "both" ? { onLost: command } : {}),
  };
  return await runningBench({ unit, settings: { tier } });
}

function rotate({ run }: Bench): void {
  void run.runner.ask({ verb: "rotate", by: "user:ann" });
}

function lose({ fleet, launcher, run }: Bench): void {
  const fra = fleet.net.proxies.get("fra");
  if (fra !== undefined) fra.fault = "refused";
  const failure = { kind: "refused", scope: "upstream", message: "fra refused", status: undefined } as const;
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "api.binance.com:443", failure });
}

/** What lives now, with the proxy and the gate that it has. */
function lives({ launcher, run }: Bench) {
  const relay = relayOf(launcher, run);
  const name = hookOf(launcher, run)?.env["LAUNCH_HOOK"];
  return [name, processOf(launcher, run) !== undefined, relay.upstreamLabel(), relay.gate];
}

describe("pre_switch", () => {
  test("runs on the old exit beside the bot, and only then the bot is cut and moved", async () => {
    const made = await benchWith("preSwitch");
    rotate(made);
    await made.fleet.clock.advance(50);
    expect(lives(made)).toEqual(["pre_switch", true, "fra", "open"]);
    expect(hookOf(made.launcher, made.run)?.env).toMatchObject({
      LAUNCH_RUN_ID: made.run.runId,
      LAUNCH_HOOK_REASON: "rotated by user:ann",
    });
    await made.fleet.clock.advance(100);
    expect(lives(made)).toEqual([undefined, true, "fra", "cut"]);
    await made.fleet.clock.advance(1_000);
    expect(lives(made)).toEqual([undefined, true, "ams", "open"]);
    expect(textsOf(made)).toContainEqual(expect.stringContaining("pre_switch is done"));
  });

  test.each([
    ["fails", { hooks: "fail" }, "pre_switch failed: it exited with code 1"],
    ["cannot be started", { hooks: "missing" }, "pre_switch failed: The command was not found."],
    [
      "is not held to the relay by its preload",
      { hookHello: "never", hooksTakeMs: 60_000 },
      "did not report within 5 s",
    ],
    ["takes too long", { hooksTakeMs: 60_000 }, "pre_switch failed: it was killed after 10 s"],
  ] as const)("that %s holds nothing up for longer than its time", async (_what, habits, said) => {
    const made = await benchWith("preSwitch");
    Object.assign(made.launcher.host.habits, habits);
    rotate(made);
    await made.fleet.clock.advance(11_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    expect(made.launcher.host.processes.filter(({ isHook, isAlive }) => isHook && isAlive)).toEqual([]);
    expect(textsOf(made)).toContainEqual(expect.stringContaining(said));
  });

  test("is killed and the bot cut at once when the exit drifts meanwhile, and on_lost runs on the next", async () => {
    const made = await benchWith("both");
    made.launcher.host.habits.hooksTakeMs = 5_000;
    rotate(made);
    await made.fleet.clock.advance(50);
    expect(lives(made)[0]).toBe("pre_switch");
    made.launcher.host.habits.reads = () => "198.51.100.9";
    void made.run.runner.ask({ verb: "check", by: "user:ann" });
    await made.fleet.clock.advance(60);
    expect(lives(made)).toEqual([undefined, true, "fra", "cut"]);
    made.launcher.host.habits.reads = "silent";
    await made.fleet.clock.advance(1_000);
    expect(lives(made)).toEqual(["on_lost", false, "ams", "open"]);
    await made.fleet.clock.advance(5_000);
    expect([phaseOf(made), labelOf(made)]).toEqual(["running", "ams"]);
    // What one witness saw is told as a drift, and nobody is blamed for it.
    const told = made.fleet.memory.state.events.filter(({ event }) => event.kind === "exit.lost");
    const message = expect.stringContaining("198.51.100.9");
    expect(told).toMatchObject([{ event: { evidence: { cause: "drift" }, message } }]);
    expect((await proxyOf(made.fleet, "fra")).state).not.toBe("drifted");
  });

  test("ends with the bot that ends meanwhile", async () => {
    const made = await benchWith("preSwitch");
    made.launcher.host.habits.hooksTakeMs = 5_000;
    rotate(made);
    await made.fleet.clock.advance(50);
    processOf(made.launcher, made.run)?.end({ code: 0, signal: undefined });
    await made.fleet.clock.advance(1_000);
    expect([phaseOf(made), labelOf(made), lives(made)[0]]).toEqual(["running", "ams", undefined]);
  });

  test("is killed when the run is asked to end", async () => {
    const made = await benchWith("preSwitch");
    made.launcher.host.habits.hooksTakeMs = 5_000;
    rotate(made);
    await made.fleet.clock.advance(50);
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    expect([made.run.ending?.exitStatus, lives(made)[0]]).toEqual([0, undefined]);
  });
});

describe("a bot that asked to be told", () => {
  test.each([
    ["answers", 120],
    ["silent", 10_090],
  ] as const)("and %s is moved after %d ms", async (leaving, afterMs) => {
    const made = await benchWith("none");
    made.launcher.host.habits.leaving = leaving;
    rotate(made);
    await made.fleet.clock.advance(afterMs - 110);
    expect([phaseOf(made), relayOf(made.launcher, made.run).gate]).toEqual(["leaving", "open"]);
    await made.fleet.clock.advance(120);
    expect(phaseOf(made)).toBe("stopping");
  });
});

describe("on_lost", () => {
  test.each(["preload", "kernel"] as const)(
    "runs on the next exit, alone, before the bot starts there (%s)",
    async (tier) => {
      const made = await benchWith("onLost", tier);
      lose(made);
      made.launcher.host.habits.hooksTakeMs = 3_000;
      await made.fleet.clock.advance(7_000);
      expect(lives(made)).toEqual(["on_lost", false, "ams", "open"]);
      await made.fleet.clock.advance(3_000);
      expect(lives(made)).toEqual([undefined, true, "ams", "open"]);
      expect(phaseOf(made)).toBe("running");
    },
  );

  test("has the gate opened by its own hello alone", async () => {
    const made = await benchWith("onLost");
    Object.assign(made.launcher.host.habits, { hookHello: "never", hooksTakeMs: 60_000 });
    lose(made);
    await made.fleet.clock.advance(7_000);
    expect(lives(made)).toEqual(["on_lost", false, "ams", "shut"]);
    await made.fleet.clock.advance(6_000);
    expect(lives(made)).toEqual([undefined, true, "ams", "open"]);
  });

  test.each([
    ["fails", { hooks: "fail" }],
    ["cannot be started", { hooks: "missing" }],
    ["takes too long", { hooksTakeMs: 90_000 }],
  ] as const)("that %s does not keep the bot from starting", async (_what, habits) => {
    const made = await benchWith("onLost");
    Object.assign(made.launcher.host.habits, habits);
    lose(made);
    await made.fleet.clock.advance(40_000);
    expect([phaseOf(made), labelOf(made), lives(made)[0]]).toEqual(["running", "ams", undefined]);
  });

  test("that could not be started leaves the proof from inside to the bot", async () => {
    const made = await benchWith("onLost", "kernel");
    made.launcher.host.habits.hooks = "missing";
    let looks = 0;
    const dial = made.launcher.host.habits.insideDial;
    made.launcher.host.habits.insideDial = (...words) => {
      looks++;
      return dial?.(...words) ?? relayOf(made.launcher, made.run).dial(...words);
    };
    lose(made);
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made), looks]).toEqual(["running", "ams", 1]);
  });

  test("that saw the exit from inside spares the bot the same look", async () => {
    const made = await benchWith("onLost", "kernel");
    let looks = 0;
    made.launcher.host.habits.insideDial = (...words) => {
      looks++;
      return relayOf(made.launcher, made.run).dial(...words);
    };
    lose(made);
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made), looks]).toEqual(["running", "ams", 1]);
  });

  test("is stopped, and runs on the exit after that, when an operator takes its exit away", async () => {
    const made = await benchWith("onLost");
    made.launcher.host.habits.hooksTakeMs = 20_000;
    lose(made);
    await made.fleet.clock.advance(7_000);
    await made.fleet.store.accounts.updateAssignment("alice-ams" as never, { status: "disabled" });
    await made.fleet.clock.advance(4_500);
    expect([phaseOf(made), lives(made)[0], relayOf(made.launcher, made.run).gate]).toEqual([
      "holding",
      undefined,
      "cut",
    ]);
  });

  test("is not run by a bot that lives on behind its cut relay", async () => {
    const made = await runningBench({ unit: { onLost: command, onFailover: "reconnect" } });
    lose(made);
    await made.fleet.clock.advance(10_000);
    expect([phaseOf(made), labelOf(made), made.launcher.host.processes.length]).toEqual([
      "running",
      "ams",
      1,
    ]);
  });

  test("is killed when the run is asked to end, and nothing is left", async () => {
    const made = await benchWith("onLost");
    made.launcher.host.habits.hooksTakeMs = 20_000;
    lose(made);
    await made.fleet.clock.advance(7_000);
    made.run.runner.requestStop("TERM");
    await made.fleet.clock.advance(1_000);
    expect([made.run.ending?.exitStatus, lives(made)[0]]).toEqual([0, undefined]);
  });
});
