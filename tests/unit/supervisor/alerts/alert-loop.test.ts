import { expect, test } from "vitest";
import { alertDefaults } from "../../../../lib/domain/alerts/notify-settings.ts";
import type { AlertStore } from "../../../../lib/ports/alerts/alert-store.ts";
import { AlertLoop, type AlertLoopPorts } from "../../../../lib/supervisor/alerts/alert-loop.ts";
import type { OutageWatch } from "../../../../lib/supervisor/alerts/outage-watch.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

test("a launcher that ends waits until what it tells of a lost database is told", async () => {
  const clock = fakeClock();
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const outage = { heard: () => {}, failed: () => {}, stop: () => {}, settled: () => told };
  const store = { have: async () => {}, hasWork: async () => false, claim: async () => [] };
  const ports: AlertLoopPorts = {
    clock,
    random: { uuid: () => "me", random01: () => 0 },
    journal: { say: () => {} },
    store: store as unknown as AlertStore,
    runs: { live: async () => [], lastEnded: async () => [] },
    outage: outage as unknown as OutageWatch,
  };
  const notify = { channels: [], pings: [], rules: alertDefaults, quietHours: undefined };
  const self = { host: "desk-1", pid: 7 };
  const loop = new AlertLoop(ports, { notify, channels: [], pings: [], self, place: "embedded" });
  await clock.advance(10);
  let isOver = false;
  void loop.stop().then(() => {
    isOver = true;
  });
  await clock.advance(1_000);
  expect(isOver).toBe(false);
  tell();
  await clock.settle();
  expect(isOver).toBe(true);
});
