import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Reputation, reputationStates } from "../../../../lib/domain/reputation/reputation.ts";
import { nextReputation, reputationAt } from "../../../../lib/policy/reputation/reputation.ts";
import type { ReputationSignal } from "../../../../lib/policy/reputation/reputation-signal.ts";
import { nowMs } from "../facts.ts";
import { inMs, moment, reputation } from "./samples.ts";

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const burned = (
  untilAt = undefined as Reputation["untilAt"],
  because: "ip_banned" | "waf_blocked" = "ip_banned",
): ReputationSignal => ({ type: "burned", because, untilAt, isStrangers: false, isBotsWord: false });
const limited = (untilAt: Reputation["untilAt"]): ReputationSignal => ({ type: "rate-limited", untilAt });

function rowAfter(signals: readonly ReputationSignal[], ms = 0, random01 = 0.5): Reputation {
  return signals.reduce((row, signal) => nextReputation(row, signal, moment(ms, { random01 })), reputation());
}

describe("a rate limit", () => {
  test("lasts as long as the venue says, else a minute, and is no failure", () => {
    expect(rowAfter([limited(inMs(7_000))])).toMatchObject({
      state: "limited",
      untilAt: inMs(7_000),
      failures: 0,
    });
    expect(rowAfter([limited(undefined)])).toMatchObject({ state: "limited", untilAt: inMs(minute) });
  });

  test("ends by itself, and a bot's word has nothing to end in what is clear", () => {
    const clear = reputation({ because: "rate_limited" });
    expect(nextReputation(clear, { type: "cleared-by-bot" }, moment())).toBe(clear);
    const row = rowAfter([limited(inMs(7_000))]);
    expect(reputationAt(row, inMs(6_999)).state).toBe("limited");
    expect(reputationAt(row, inMs(7_000))).toMatchObject({ state: "clear", untilAt: undefined });
  });

  test("never shortens or eases a burn", () => {
    const row = rowAfter([burned(inMs(hour)), limited(inMs(minute))]);
    expect(row).toMatchObject({ state: "burned", because: "ip_banned", failures: 1 });
    expect(row.untilAt).toBeGreaterThanOrEqual(inMs(hour));
  });

  test("that is longer than a burn makes it last longer, and one that comes again begins no new limit", () => {
    const burn = rowAfter([burned(inMs(minute)), limited(inMs(hour))]);
    expect(burn).toMatchObject({ state: "burned", untilAt: inMs(hour * 1.1 + 30_000) });
    const again = nextReputation(rowAfter([limited(inMs(hour))]), limited(undefined), moment(minute));
    expect(again).toMatchObject({ state: "limited", since: nowMs, untilAt: inMs(hour) });
  });
});

describe("a burn", () => {
  test("lasts as long as the venue says, a tenth and 30 s more", () => {
    expect(rowAfter([burned(inMs(hour))])).toMatchObject({ untilAt: inMs(hour * 1.1 + 30_000), failures: 1 });
    expect(rowAfter([burned(inMs(hour))], 0, 0).untilAt).toBe(inMs(hour + 30_000));
    expect(rowAfter([burned(inMs(3 * day))]).untilAt).toBe(inMs(3.3 * day + 30_000));
    expect(rowAfter([burned(inMs(-day))]).untilAt).toBe(inMs(30_000));
    // However much chance is allowed, never less than the venue says.
    const chance = moment(0, { random01: 0, rules: { ...moment().rules, jitter: 0.5 } });
    expect(nextReputation(reputation(), burned(inMs(hour)), chance).untilAt).toBe(inMs(hour + 30_000));
  });

  test.each([
    ["ip_banned", 10 * minute],
    ["waf_blocked", 30 * minute],
  ] as const)("by %s without a time lasts its class's, twice as long with each failure", (because, base) => {
    let row = reputation();
    for (const [n, times] of [1, 2, 4, 8].entries()) {
      const now = inMs(n * 10 * day);
      row = nextReputation(row, burned(undefined, because), moment(n * 10 * day));
      expect(row).toMatchObject({ state: "burned", failures: n + 1, untilAt: now + base * times });
    }
  });

  test("is spread by a tenth, never to nothing, and lasts a day at most", () => {
    expect(rowAfter([burned()], 0, 0).untilAt).toBe(inMs(9 * minute));
    expect(rowAfter([burned()], 0, 0.999_999).untilAt).toBe(inMs(11 * minute));
    const often = reputation({ failures: 3 });
    const rules = { ...moment().rules, bannedMs: 20 * hour };
    expect(nextReputation(often, burned(), moment(0, { rules, random01: 0.9 })).untilAt).toBe(inMs(day));
  });

  test("that is the fifth has no end", () => {
    const row = nextReputation(reputation({ failures: 4 }), burned(inMs(minute)), moment());
    expect(row).toMatchObject({ state: "burned", failures: 5, untilAt: undefined, nextProbeAt: undefined });
    expect(reputationAt(row, inMs(100 * day)).state).toBe("burned");
    // Nothing that a venue says later gives it one.
    for (const later of [burned(inMs(hour)), limited(inMs(hour))])
      expect(nextReputation(row, later, moment(minute))).toBe(row);
  });

  test("that is seen again while it lasts is no failure more, and ends later at most", () => {
    const once = rowAfter([burned(inMs(hour))]);
    for (const untilAt of [inMs(minute), once.untilAt, undefined])
      expect(nextReputation(once, burned(untilAt), moment(1_000))).toBe(once);
    const twice = nextReputation(once, burned(inMs(2 * hour)), moment(1_000));
    expect(twice).toMatchObject({ failures: 1 });
    expect(twice.untilAt).toBeGreaterThan(inMs(2 * hour));
  });

  test("that a stranger on the same exit may have earned costs it no failure", () => {
    const row = rowAfter([
      { type: "burned", because: "ip_banned", untilAt: undefined, isStrangers: true, isBotsWord: false },
    ]);
    expect(row).toMatchObject({ state: "burned", failures: 0, untilAt: inMs(10 * minute) });
  });

  test("is followed by probation, in which the venue is asked", () => {
    const row = reputationAt(rowAfter([burned()]), inMs(hour));
    expect(row).toMatchObject({
      state: "probation",
      since: inMs(10 * minute),
      nextProbeAt: inMs(10 * minute),
    });
  });
});

describe("probation", () => {
  const back = reputationAt(rowAfter([burned()]), inMs(hour));

  test("is over after ten minutes of clean use", () => {
    const half = nextReputation(back, { type: "used-cleanly", cleanMs: 5 * minute }, moment(hour));
    expect(half).toMatchObject({ state: "probation", cleanMs: 5 * minute });
    const whole = nextReputation(half, { type: "used-cleanly", cleanMs: 5 * minute }, moment(hour));
    expect(whole).toMatchObject({ state: "clear", failures: 1, nextProbeAt: undefined });
  });

  test("is over after a day of good probes, half a minute apart", () => {
    const probed = nextReputation(back, { type: "probe-passed" }, moment(hour));
    expect(probed).toMatchObject({ state: "probation", nextProbeAt: inMs(hour + 30_000) });
    const later = nextReputation(probed, { type: "probe-passed" }, moment(10 * minute + day));
    expect(later).toMatchObject({ state: "clear", failures: 1 });
  });

  test("ends with one burn, which is a failure more", () => {
    expect(nextReputation(back, burned(), moment(hour))).toMatchObject({ state: "burned", failures: 2 });
  });

  test("goes on through a rate limit", () => {
    expect(nextReputation(back, limited(undefined), moment(hour))).toMatchObject({ state: "probation" });
  });
});

describe("failures", () => {
  test("go one by one, with each day of clean use", () => {
    const row = reputation({ failures: 3 });
    const used = nextReputation(row, { type: "used-cleanly", cleanMs: 2.5 * day }, moment());
    expect(used).toMatchObject({ state: "clear", failures: 1, cleanMs: day / 2 });
    expect(nextReputation(used, { type: "used-cleanly", cleanMs: day }, moment())).toMatchObject({
      failures: 0,
    });
  });

  test("never go below none, and time before a burn takes none off after it", () => {
    const used = (row: Reputation, cleanMs: number) =>
      nextReputation(row, { type: "used-cleanly", cleanMs }, moment());
    expect(used(reputation({ failures: 1 }), 3 * day).failures).toBe(0);
    const burnedSince = nextReputation(used(reputation(), 0.9 * day), burned(), moment());
    expect(burnedSince).toMatchObject({ failures: 1, cleanMs: 0 });
  });

  test("do not go while the exit is burned, limited or not served", () => {
    for (const signal of [
      burned(),
      limited(inMs(hour)),
      { type: "geo-blocked", isBotsWord: false } as const,
    ]) {
      const row = nextReputation(reputation({ failures: 1 }), signal, moment());
      expect(nextReputation(row, { type: "used-cleanly", cleanMs: 2 * day }, moment())).toBe(row);
    }
  });
});

describe("a place that is not served", () => {
  const blocked = rowAfter([{ type: "geo-blocked", isBotsWord: false }]);

  test("has no end of its own, and nothing that is seen later ends it", () => {
    expect(blocked).toMatchObject({ state: "geo_blocked", untilAt: undefined });
    for (const signal of [
      burned(),
      limited(inMs(1)),
      { type: "probe-passed" },
      { type: "geo-blocked", isBotsWord: false },
    ] as const)
      expect(nextReputation(blocked, signal, moment(day))).toBe(blocked);
  });

  test("ends by an operator's word", () => {
    expect(nextReputation(blocked, { type: "revived" }, moment())).toMatchObject({ state: "clear" });
  });
});

describe("an operator's word", () => {
  test("burns an exit for a time or without one, and may shorten what was known", () => {
    const used = nextReputation(reputation(), { type: "used-cleanly", cleanMs: hour }, moment());
    const word = { type: "burned-by-operator", untilAt: inMs(minute) } as const;
    const row = nextReputation(nextReputation(used, burned(inMs(day)), moment()), word, moment());
    expect(row).toMatchObject({ state: "burned", because: "operator", untilAt: inMs(minute), cleanMs: 0 });
    expect(nextReputation(used, word, moment())).toMatchObject({ cleanMs: 0, failures: 0 });
    expect(rowAfter([{ type: "burned-by-operator", untilAt: undefined }])).toMatchObject({
      untilAt: undefined,
    });
  });

  test("revives an exit with nothing held against it", () => {
    const times = { untilAt: inMs(day), nextProbeAt: inMs(day), cleanMs: 5 };
    const row = reputation({ state: "burned", failures: 5, ...times });
    expect(nextReputation(row, { type: "revived" }, moment(minute))).toEqual({
      ...reputation(),
      because: "operator",
      since: inMs(minute),
    });
  });
});

describe("whatever happens in whatever order", () => {
  const untilAt = fc.option(fc.integer({ min: -day, max: 7 * day }), { nil: undefined });
  const signal: fc.Arbitrary<(ms: number) => ReputationSignal> = fc.oneof(
    untilAt.map((ms) => (at: number) => limited(ms === undefined ? undefined : inMs(at + ms))),
    untilAt.map((ms) => (at: number) => burned(ms === undefined ? undefined : inMs(at + ms))),
    fc.constant(() => ({ type: "geo-blocked", isBotsWord: false }) as const),
    fc.integer({ min: 0, max: 3 * day }).map((cleanMs) => () => ({ type: "used-cleanly", cleanMs }) as const),
    fc.constant(() => ({ type: "probe-passed" }) as const),
  );
  const steps = fc.array(
    fc.record({
      waitMs: fc.integer({ min: 0, max: 2 * day }),
      signal,
      random01: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { maxLength: 30 },
  );

  test("a known end is never brought forward, but by time itself", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let row = reputation();
        let ms = 0;
        for (const step of all) {
          ms += step.waitMs;
          const known = reputationAt(row, inMs(ms)).untilAt;
          row = nextReputation(row, step.signal(ms), moment(ms, { random01: step.random01 }));
          const isEndless =
            row.untilAt === undefined && (row.state === "burned" || row.state === "geo_blocked");
          if (known !== undefined && !isEndless) expect(row.untilAt).toBeGreaterThanOrEqual(known);
          expect(reputationStates).toContain(row.state);
          expect(row.failures).toBeLessThanOrEqual(5);
          if (row.state === "burned" && row.untilAt !== undefined)
            expect(row.untilAt).toBeGreaterThan(nowMs + ms);
        }
      }),
    );
  });

  test("nothing that a bot alone says keeps its exit out for good, however often it says it", () => {
    const bots: ReputationSignal["type"][] = ["burned", "geo-blocked"];
    fc.assert(
      fc.property(steps, (all) => {
        let row = reputation();
        let ms = 0;
        for (const step of all) {
          ms += step.waitMs;
          const signal = step.signal(ms);
          const said = bots.includes(signal.type) ? { ...signal, isBotsWord: true } : signal;
          row = nextReputation(row, said as ReputationSignal, moment(ms, { random01: step.random01 }));
          if (row.state !== "burned" && row.state !== "geo_blocked") continue;
          expect(row.untilAt).toBeDefined();
          expect(row.untilAt).toBeLessThan(inMs(ms + 9 * day));
        }
      }),
    );
  });

  test("what only a bot said of a country ends after a day, and never an operator's or a fifth burn", () => {
    const word = { type: "geo-blocked", isBotsWord: true } as const;
    const row = rowAfter([word]);
    expect(row).toMatchObject({ state: "geo_blocked", untilAt: inMs(day) });
    expect(reputationAt(row, inMs(day))).toMatchObject({ state: "probation" });
    expect(nextReputation(row, { ...word, isBotsWord: false }, moment(minute)).untilAt).toBeUndefined();
    expect(nextReputation(row, word, moment(minute))).toBe(row);
    const endless = rowAfter([{ type: "burned-by-operator", untilAt: undefined }]);
    expect(nextReputation(endless, word, moment(minute))).toBe(endless);
  });

  test("the same facts and the same chance give the same row", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const play = () => {
          let ms = 0;
          return all.reduce((row, step) => {
            ms += step.waitMs;
            return nextReputation(row, step.signal(ms), moment(ms, { random01: step.random01 }));
          }, reputation());
        };
        expect(play()).toEqual(play());
      }),
    );
  });
});
