import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { leaseTimes, leaseTtl } from "../../../../lib/domain/run/lease.ts";

const anyTtl = fc.integer({ min: leaseTtl.leastMs, max: leaseTtl.mostMs });

describe("the times of a lease", () => {
  test("are as they were where nothing is set", () => {
    const { trustedMs, renewEveryMs, answerWithinMs } = leaseTimes(leaseTtl.usualMs);
    expect([trustedMs, renewEveryMs, answerWithinMs]).toEqual([12_000, 4_000, 3_000]);
  });

  test("leave room for one renewal that hangs and the one behind it, whatever the TTL", () => {
    fc.assert(
      fc.property(anyTtl, (ttlMs) => {
        const { trustedMs, renewEveryMs, answerWithinMs, retryEveryMs } = leaseTimes(ttlMs);
        expect(renewEveryMs + 2 * answerWithinMs + retryEveryMs).toBeLessThanOrEqual(trustedMs);
      }),
    );
  });

  test("let no taker in before the holder has stopped, though their clocks run apart by half a percent and each has a TTL of its own", () => {
    fc.assert(
      fc.property(anyTtl, anyTtl, fc.double({ min: 0.995, max: 1.005, noNaN: true }), (own, other, rate) => {
        const holder = leaseTimes(own);
        // The taker waits for what the holder's row says; its own TTL has no part in it.
        const taker = leaseTimes(other);
        expect(taker.ttlMs).toBe(other);
        const takenAtMs = holder.ttlMs * rate;
        expect(holder.trustedMs).toBeLessThan(takenAtMs);
      }),
    );
  });

  test("grow with the TTL, and operators' requests are read as soon as ever", () => {
    fc.assert(
      fc.property(anyTtl, anyTtl, (one, other) => {
        const [short, long] = [leaseTimes(Math.min(one, other)), leaseTimes(Math.max(one, other))];
        expect(short.trustedMs).toBeLessThanOrEqual(long.trustedMs);
        expect(long.renewEveryMs).toBeLessThanOrEqual(4_000);
      }),
    );
  });
});
