import { expect, test } from "vitest";
import { type DirectIp, type IpFamily, parseIp } from "../../../../lib/domain/ip.ts";
import { watchDirectIp } from "../../../../lib/supervisor/unit/direct-ip-watch.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const own = parseIp("198.18.0.1") as DirectIp;

/** A watch whose witnesses answer while the host is online, each question after 100 ms. */
function watching(host: { isOnline: boolean }) {
  const clock = fakeClock();
  const askedAt: number[] = [];
  const witness = {
    async directIp(_witnesses: readonly string[], timeoutMs: number, family?: IpFamily) {
      const { isOnline } = host;
      if (family === undefined) askedAt.push(clock.monotonicMs());
      await new Promise<void>((resolve) => void clock.after(isOnline ? 100 : timeoutMs, resolve));
      return isOnline && family === undefined ? own : undefined;
    },
  };
  return { clock, askedAt, watch: watchDirectIp(witness, ["https://one.test/"], clock) };
}

test("a host that was offline at the start is asked for its address again within seconds", async () => {
  const host = { isOnline: false };
  const { clock, watch } = watching(host);
  void watch.first();
  await clock.advance(5_000);
  expect(watch.current()).toBeUndefined();
  host.isOnline = true;
  await clock.advance(5_100);
  expect(watch.known()).toEqual([own]);
});

test("a proof asks again for an address that is not known yet, and waits for it", async () => {
  const host = { isOnline: false };
  const { clock, watch } = watching(host);
  void watch.first();
  await clock.advance(5_000);
  host.isOnline = true;
  const found = watch.first();
  await clock.advance(100);
  expect(await found).toBe(own);
});

test("proofs that ask at the same time share one question", async () => {
  const { clock, watch, askedAt } = watching({ isOnline: true });
  const found = [watch.first(), watch.first(), watch.both()];
  await clock.advance(200);
  await Promise.all(found);
  expect(await watch.first()).toBe(own);
  expect(askedAt).toEqual([0]);
});

test("no proof waits any more on a host that three questions told nothing of", async () => {
  const { clock, watch, askedAt } = watching({ isOnline: false });
  for (let times = 0; times < 3; times++) {
    void watch.first();
    await clock.advance(5_000);
  }
  expect(await watch.first()).toBeUndefined();
  expect(askedAt).toHaveLength(3);
});

test("a host without a way out of its own is asked less and less often", async () => {
  const { clock, watch, askedAt } = watching({ isOnline: false });
  void watch.first();
  await clock.advance(24 * 3_600_000);
  // 5 s, 10 s, 20 s and so on behind each silence, at most ten minutes.
  expect(askedAt.slice(0, 4)).toEqual([0, 10_000, 25_000, 50_000]);
  expect(askedAt.length).toBeLessThan(160);
});

test("after an outage the next proof asks again, and waits", async () => {
  const host = { isOnline: false };
  const { clock, watch } = watching(host);
  for (let times = 0; times < 3; times++) {
    void watch.first();
    await clock.advance(5_000);
  }
  watch.askAgain();
  host.isOnline = true;
  const found = watch.first();
  await clock.advance(100);
  expect(await found).toBe(own);
});

test("an address that is known is asked for again after an outage: the host may come back with another", async () => {
  const { clock, watch, askedAt } = watching({ isOnline: true });
  void watch.first();
  await clock.advance(1_000);
  watch.askAgain();
  const found = watch.first();
  await clock.advance(100);
  expect(await found).toBe(own);
  void watch.first();
  await clock.advance(1_000);
  expect(askedAt).toEqual([0, 1_000]);
});
