import { expect, test } from "vitest";
import { alertDefaults } from "../../../../lib/domain/alerts/notify-settings.ts";
import type { HistoryEvent } from "../../../../lib/domain/event.ts";
import type { AlertChannel, Delivery } from "../../../../lib/ports/alerts/alert-channel.ts";
import type { AlertSight, AlertStore } from "../../../../lib/ports/alerts/alert-store.ts";
import { AlertLoop, type AlertLoopPorts } from "../../../../lib/supervisor/alerts/alert-loop.ts";
import type { OutageWatch } from "../../../../lib/supervisor/alerts/outage-watch.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import { memoryAlerts } from "../../../support/memory-store/alerts.ts";
import { emptyState, type Memory } from "../../../support/memory-store/state.ts";
import { memoryStoreOver } from "../../../support/memory-store.ts";

const nothing: AlertSight = { hasEvents: false, isOpen: false, hasDue: false, mark: "" };

test("a launcher that ends waits until what it tells of a lost database is told", async () => {
  const clock = fakeClock();
  let tell = () => {};
  const told = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const outage = { heard: () => {}, failed: () => {}, stop: () => {}, settled: () => told };
  const store = { have: async () => {}, look: async () => nothing, claim: async () => [] };
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

test("an alert that nothing but time can change is looked at without a lock, and gathered again when something happens", async () => {
  const clock = fakeClock();
  const memory: Memory = { state: emptyState(), now: () => clock.now() };
  const [{ history }, alerts] = [memoryStoreOver(memory), memoryAlerts(memory)];
  let gathered = 0;
  const store: AlertStore = {
    ...alerts,
    gather: (...given) => {
      gathered += 1;
      return alerts.gather(...given);
    },
  };
  const told: string[] = [];
  const settings = { name: "people", kind: "webhook", topics: undefined, quietHours: undefined };
  const channel = {
    settings,
    canEdit: true,
    deliver: async ({ content }: Delivery) => {
      told.push(content.title);
      return { kind: "sent", receipt: "1", answer: "200" };
    },
  } as unknown as AlertChannel;
  let ids = 0;
  const loop = new AlertLoop(
    {
      clock,
      random: { uuid: () => `id-${++ids}`, random01: () => 0.5 },
      journal: { say: () => {} },
      store,
      runs: { live: async () => [], lastEnded: async () => [] },
      outage: undefined,
    },
    {
      notify: { channels: [], pings: [], rules: alertDefaults, quietHours: undefined },
      channels: [channel],
      pings: [],
      self: { host: "desk-1", pid: 7 },
      place: "embedded",
    },
  );
  await clock.advance(10);
  const happen = (event: Pick<HistoryEvent, "kind" | "message" | "evidence">) =>
    history.append({ at: clock.now(), severity: "warning", actor: "system", host: "desk-1", ...event });
  await happen({ kind: "leak.blocked", message: "It would have left directly." });
  await clock.advance(60_000);
  expect(told).toHaveLength(1);
  const settled = gathered;
  await clock.advance(600_000);
  // Once in half a minute instead of every two seconds.
  expect(gathered - settled).toBeLessThanOrEqual(21);
  const evidence = { kind: "vendor", name: "vendor-a" };
  await happen({ kind: "incident.opened", message: "Three of four exits of vendor-a fail.", evidence });
  await clock.advance(8_000);
  expect(told).toHaveLength(2);
  await loop.stop();
});
