import { expect, test } from "vitest";
import type { Arrival } from "../../../lib/leak-check/lab/site/leak-lab.ts";
import { judgeTraffic } from "../../../lib/leak-check/leak-verdict.ts";

const direct = ["10.77.0.2", "fd77::2"];
const still = { proxied: 5, otherIpv4: 2, otherIpv6: 1 };

test("a request that the target saw from the exit alone is proxied", () => {
  const judged = judgeTraffic({ arrivals: [arrival("198.51.100.10")], before: still, after: still, direct });
  expect(judged).toEqual({ verdict: "proxied", why: "the target saw 198.51.100.10" });
});

test("one arrival from the bots' side is a leak, whatever else went through the proxy", () => {
  const arrivals = [arrival("198.51.100.10"), arrival("fd77::2")];
  expect(judgeTraffic({ arrivals, before: still, after: still, direct }).verdict).toBe("LEAK");
});

test("a packet past the proxy is a leak even when no target saw it", () => {
  for (const after of [
    { ...still, otherIpv4: 3 },
    { ...still, otherIpv6: 2 },
  ]) {
    const judged = judgeTraffic({ arrivals: [], before: still, after, direct });
    expect(judged).toEqual({ verdict: "LEAK", why: "1 packet past the proxy" });
  }
});

test("traffic to the proxy that reached no target is refused, not proxied", () => {
  const after = { ...still, proxied: 9 };
  expect(judgeTraffic({ arrivals: [], before: still, after, direct }).verdict).toBe("refused");
});

function arrival(peer: string): Arrival {
  return { kind: "http", peer, port: 443, text: "/client" };
}
