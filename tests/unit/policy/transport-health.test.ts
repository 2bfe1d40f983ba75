import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { monotonic } from "../../../lib/domain/time.ts";
import type { TransportFailure } from "../../../lib/domain/transport.ts";
import {
  downProbeDelayMs,
  initialHealth,
  observeTransport,
  probeEventOf,
  type TransportEvent,
  type TransportHealth,
  transportTimes,
} from "../../../lib/policy/transport-health.ts";
import { seen, unknown } from "./facts.ts";

const failure: TransportFailure = {
  kind: "timeout",
  scope: "upstream",
  message: "fra-1 slow",
  status: undefined,
};
const auth: TransportFailure = { kind: "auth", scope: "upstream", message: "fra-1 said 407", status: 407 };
const passive = { type: "passive-failure", failure } as const;
const probeFailed = { type: "probe-failed", tookMs: 0, failure } as const;
const probePassed = { type: "probe-passed", tookMs: 0 } as const;
const control = { type: "control", isHealthy: true } as const;
const noControl = { type: "control", isHealthy: false } as const;

function play(events: readonly (readonly [number, TransportEvent])[]) {
  let health: TransportHealth = initialHealth;
  let last = { health, probeInMs: undefined as number | undefined, wantsControl: false };
  for (const [at, event] of events) {
    last = observeTransport(health, event, monotonic(at));
    health = last.health;
  }
  return last;
}

describe("the transport of a proxy", () => {
  test("a passive failure brings a probe and a control at once, and decides nothing", () => {
    expect(play([[0, passive]])).toMatchObject({
      health: { kind: "suspect" },
      probeInMs: 0,
      wantsControl: true,
    });
    const many = Array.from({ length: 50 }, (_, n) => [n, passive] as const);
    expect(play([...many, [60, control]]).health.kind).toBe("suspect");
  });

  test("three probes that time out and a healthy control mean down within 6 s", () => {
    const health = initialHealth;
    let step = observeTransport(health, passive, monotonic(0));
    let at = 0;
    for (const _ of [1, 2, 3]) {
      if (step.wantsControl)
        step = { ...observeTransport(step.health, control, monotonic(at)), probeInMs: step.probeInMs };
      at += (step.probeInMs ?? Number.NaN) + transportTimes.probeTimeoutMs;
      step = observeTransport(step.health, { ...probeFailed, tookMs: 2_000 }, monotonic(at));
    }
    if (step.wantsControl) step = observeTransport(step.health, control, monotonic(at));
    expect(step.health).toEqual({ kind: "down", failure });
    expect(at).toBeLessThanOrEqual(6_000);
  });

  test("without a control nothing is down, and the control that comes late decides", () => {
    const failed = [0, 2_000, 4_000].map((at) => [at, probeFailed] as const);
    expect(play(failed)).toMatchObject({ health: { kind: "suspect" }, wantsControl: true });
    expect(play([...failed, [4_100, control]]).health.kind).toBe("down");
  });

  test("while our own line is gone no failure counts, and afterwards three new ones are needed", () => {
    const outage = [0, 2_000, 4_000, 6_000].flatMap((at) => [
      [at, probeFailed] as const,
      [at + 100, noControl] as const,
    ]);
    expect(play(outage).health.kind).toBe("suspect");
    const back = [...outage, [8_000, control], [8_100, probeFailed], [10_000, probeFailed]] as const;
    expect(play(back).health.kind).toBe("suspect");
    expect(play([...back, [12_000, probeFailed]]).health.kind).toBe("down");
  });

  test("failures before a bad control, and between it and the next good one, do not count", () => {
    const before = [
      [0, probeFailed],
      [2_000, probeFailed],
      [2_100, noControl],
      [3_000, control],
      [4_000, probeFailed],
    ] as const;
    expect(play(before).health.kind).toBe("suspect");
    const between = [
      [0, probeFailed],
      [100, noControl],
      [2_000, probeFailed],
      [4_000, probeFailed],
      [5_900, probeFailed],
      [6_000, control],
    ] as const;
    expect(play(between).health.kind).toBe("suspect");
  });

  test("an old control decides nothing", () => {
    const early = [
      [0, probeFailed],
      [100, control],
      [3_000, probeFailed],
      [6_000, probeFailed],
    ] as const;
    expect(play(early)).toMatchObject({ health: { kind: "suspect" }, wantsControl: true });
  });

  test("failures from before a sleep of the machine do not count", () => {
    const slept = [
      [0, probeFailed],
      [2_000, probeFailed],
      [60_000, probeFailed],
      [60_000, control],
    ] as const;
    expect(play(slept).health.kind).toBe("suspect");
  });

  test("two passed probes clear the suspicion, one only starts the count again", () => {
    expect(
      play([
        [0, passive],
        [10, probePassed],
        [2_010, probePassed],
      ]).health,
    ).toEqual(initialHealth);
    const flaky = [
      [0, probeFailed],
      [2_000, probeFailed],
      [4_000, probePassed],
      [6_000, probeFailed],
      [6_000, control],
    ] as const;
    expect(play(flaky).health.kind).toBe("suspect");
  });

  test("a refused credential is asked once more after 5 s and then believed, without any control", () => {
    const refusal = { ...probeFailed, failure: auth };
    expect(play([[0, refusal]])).toMatchObject({ health: { kind: "suspect" }, probeInMs: 5_000 });
    expect(
      play([
        [0, refusal],
        [2_000, refusal],
      ]),
    ).toMatchObject({ probeInMs: 3_000 });
    expect(
      play([
        [0, refusal],
        [5_000, refusal],
      ]).health,
    ).toEqual({ kind: "refused", failure: auth });
    expect(
      play([
        [0, refusal],
        [5_000, probePassed],
        [7_000, probePassed],
      ]).health,
    ).toEqual(initialHealth);
  });

  test("an inconclusive probe is repeated and changes no count", () => {
    const quiet = { type: "probe-inconclusive", tookMs: 500 } as const;
    expect(play([[0, quiet]]).health).toEqual(initialHealth);
    expect(
      play([
        [0, probeFailed],
        [500, quiet],
      ]),
    ).toMatchObject({ probeInMs: 1_500 });
  });

  test("for any evidence, down needs three failed probes and a healthy control within the window", () => {
    const event = fc.constantFrom<TransportEvent>(passive, probeFailed, probePassed, control, noControl);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), event), { maxLength: 30 }),
        (steps) => {
          let health: TransportHealth = initialHealth;
          let at = 0;
          const history: { at: number; type: string; isHealthy: boolean }[] = [];
          for (const [wait, one] of steps) {
            at += wait;
            history.push({ at, type: one.type, isHealthy: one.type === "control" && one.isHealthy });
            health = observeTransport(health, one, monotonic(at)).health;
            if (health.kind === "down") break;
          }
          if (health.kind !== "down") return;
          const recent = history.filter((entry) => entry.at > at - transportTimes.windowMs);
          expect(recent.filter(({ type }) => type === "probe-failed").length).toBeGreaterThanOrEqual(3);
          const controls = history.filter(({ type }) => type === "control");
          expect(controls.at(-1)?.isHealthy).toBe(true);
          expect(controls.at(-1)?.at).toBeGreaterThanOrEqual(at - transportTimes.controlValidMs);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe("what a round of witnesses says about the transport", () => {
  const beyond: TransportFailure = { ...failure, scope: "target" };

  test("an answer that came through proves it, even an unusable one", () => {
    expect(probeEventOf([unknown("a", failure), seen("b", "8.8.8.8")], 7)).toEqual({
      type: "probe-passed",
      tookMs: 7,
    });
    expect(probeEventOf([unknown("a")], 0).type).toBe("probe-passed");
  });

  test("a failure at the proxy counts, one witness out of reach does not, two do", () => {
    expect(probeEventOf([unknown("a", failure)], 0)).toMatchObject({ type: "probe-failed", failure });
    expect(probeEventOf([unknown("a", beyond)], 0).type).toBe("probe-inconclusive");
    expect(probeEventOf([unknown("a", beyond), unknown("a", beyond)], 0).type).toBe("probe-inconclusive");
    expect(probeEventOf([unknown("a", beyond), unknown("b", beyond)], 0).type).toBe("probe-failed");
    expect(probeEventOf([unknown("a", beyond), unknown("b", auth)], 0)).toMatchObject({ failure: auth });
    expect(probeEventOf([], 0).type).toBe("probe-inconclusive");
  });
});

test("a down proxy is left alone for longer each time, up to five minutes and a fifth", () => {
  expect(downProbeDelayMs(0, 0.5)).toBe(15_000);
  expect(downProbeDelayMs(1, 0.5)).toBe(30_000);
  expect(downProbeDelayMs(50, 0.999)).toBeLessThanOrEqual(360_000);
});
