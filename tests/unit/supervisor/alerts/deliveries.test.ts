import { expect, test } from "vitest";
import type { AlertChannel, Delivery } from "../../../../lib/ports/alerts/alert-channel.ts";
import type { AlertStore, ClaimedMessage } from "../../../../lib/ports/alerts/alert-store.ts";
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
