import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type HostTraffic, trafficGrowth } from "../../../../lib/domain/run/traffic.ts";

const venueOf = (host: string) => (host.endsWith("binance.com") ? "binance" : undefined);
const of = (host: string, tunnels: number, bytesUp: number, bytesDown: number): HostTraffic => ({
  host,
  tunnels,
  bytesUp,
  bytesDown,
});

describe("what came to each venue", () => {
  test("is the difference, with the hosts of a venue added up and the rest as other", () => {
    const before = [of("api.binance.com", 1, 10, 100)];
    const now = [of("api.binance.com", 3, 15, 130), of("fapi.binance.com", 1, 1, 2), of("x.test", 1, 0, 0)];
    expect(trafficGrowth(before, now, venueOf)).toEqual([
      { venue: "binance", tunnels: 3, bytesUp: 6, bytesDown: 32 },
      { venue: "other", tunnels: 1, bytesUp: 0, bytesDown: 0 },
    ]);
  });

  test("is nothing where nothing came", () => {
    const now = [of("api.binance.com", 3, 15, 130)];
    expect(trafficGrowth(now, now, venueOf)).toEqual([]);
  });

  test("adds up to what was counted, however often it is written", () => {
    const step = fc.record({
      host: fc.constantFrom("a.binance.com", "b.binance.com", "x.test", "y.test"),
      up: fc.nat(1_000),
      down: fc.nat(1_000),
      isWritten: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let written: readonly HostTraffic[] = [];
        let now: readonly HostTraffic[] = [];
        let sum = 0;
        const write = () => {
          for (const { bytesUp, bytesDown } of trafficGrowth(written, now, venueOf))
            sum += bytesUp + bytesDown;
          written = now;
        };
        for (const { host, up, down, isWritten } of steps) {
          const known = now.find((each) => each.host === host) ?? of(host, 0, 0, 0);
          const grown = of(host, known.tunnels + 1, known.bytesUp + up, known.bytesDown + down);
          now = [...now.filter((each) => each.host !== host), grown];
          if (isWritten) write();
        }
        write();
        expect(sum).toBe(steps.reduce((total, { up, down }) => total + up + down, 0));
      }),
    );
  });
});
