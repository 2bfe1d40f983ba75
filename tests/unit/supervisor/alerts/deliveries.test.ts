import { expect, test } from "vitest";
import type { AlertChannel, Delivery } from "../../../../lib/ports/alerts/alert-channel.ts";
import type {
  AlertStore,
  ClaimedMessage,
  DeliveryOutcome,
} from "../../../../lib/ports/alerts/alert-store.ts";
import { Deliveries } from "../../../../lib/supervisor/alerts/deliveries.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

const message = { id: "m1", alertId: "a1", channel: "people", step: 1, kind: "news", attempts: 1 };

test("a launcher that was stopped after it had claimed a message leaves it to the one that claims it next", async () => {
  const clock = fakeClock();
  const sent: Delivery[] = [];
  let stoppedMs = 0;
  const store = {
    claim: async () => {
      // The answer lies there while the launcher is stopped.
      clock.freeze(stoppedMs);
      return [{ ...message, madeAt: clock.now() } as unknown as ClaimedMessage];
    },
    settle: async () => {},
  } as unknown as AlertStore;
  const channel = {
    settings: { name: "people" },
    deliver: async (delivery: Delivery) => {
      sent.push(delivery);
      return { kind: "sent", receipt: undefined, answer: "ok" };
    },
  } as unknown as AlertChannel;
  const random = { uuid: () => "me", random01: () => 0 };
  const deliveries = new Deliveries({ store, clock, random, journal: { say: () => {} } }, [channel]);
  stoppedMs = 20_000;
  expect(await deliveries.begin()).toBe(0);
  expect(sent).toEqual([]);
  stoppedMs = 0;
  expect(await deliveries.begin()).toBe(1);
  await deliveries.settled();
  expect(sent).toHaveLength(1);
});

test("a message that fails on a host whose clock is two days ahead is tried again, and dropped once it is a day old by the database", async () => {
  const clock = fakeClock();
  const outcomes: string[] = [];
  let ageMs = 60_000;
  const store = {
    claim: async () => [
      { ...message, madeAt: clock.now() - 172_800_000, ageMs } as unknown as ClaimedMessage,
    ],
    settle: async (_by: string, _message: unknown, { kind }: DeliveryOutcome) => void outcomes.push(kind),
  } as unknown as AlertStore;
  const channel = {
    settings: { name: "people" },
    deliver: async () => ({ kind: "failed", why: "answered 503" }),
  } as unknown as AlertChannel;
  const random = { uuid: () => "me", random01: () => 0 };
  const deliveries = new Deliveries({ store, clock, random, journal: { say: () => {} } }, [channel]);
  for (ageMs of [60_000, 86_400_000]) {
    await deliveries.begin();
    await deliveries.settled();
  }
  expect(outcomes).toEqual(["failed", "dropped"]);
});
