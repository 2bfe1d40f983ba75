import { alertDefaults } from "../../../lib/domain/alerts/notify-settings.ts";
import { leaseTimes, type ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import type { AlertChannel } from "../../../lib/ports/alerts/alert-channel.ts";
import type { AlertStore } from "../../../lib/ports/alerts/alert-store.ts";
import { AlertLoop } from "../../../lib/supervisor/alerts/alert-loop.ts";
import { OutageWatch } from "../../../lib/supervisor/alerts/outage-watch.ts";
import type { LauncherPorts } from "../../../lib/supervisor/unit/ports.ts";
import type { HostClock } from "../time/host-clock.ts";
import type { Machine, World } from "../world.ts";

/** Has a launcher tell people what happens; undefined in a world without alerts. */
export function tellPeople(
  world: World,
  { host, book }: Machine,
  {
    ports: { clock, random, journal, store, processes },
    alerts,
    at,
  }: { readonly ports: LauncherPorts; readonly alerts: AlertStore; readonly at: HostClock },
): AlertLoop | undefined {
  const { options } = world;
  if (!options.hasAlerts) return undefined;
  const { pid } = processes.self();
  const channels = [channelOf(world, processes.self(), at)];
  const { trustedMs } = leaseTimes(options.leaseTtlMs);
  const place = "the world";
  const outage = new OutageWatch({ book, clock, random }, { channels, host, place, trustedMs });
  const notify = { channels: [channelSettings], pings: [], rules: alertDefaults, quietHours: undefined };
  return new AlertLoop(
    { store: alerts, clock, random, journal, runs: store.runs, outage },
    { notify, channels, pings: [], self: { host, pid }, place },
  );
}

const channelSettings = {
  name: "people",
  topics: undefined,
  quietHours: undefined,
  kind: "webhook",
  url: "https://people.test/",
  secret: { path: "/secret" },
} as const;

function channelOf(world: World, { pid: by }: ProcessIdentity, clock: HostClock): AlertChannel {
  return {
    settings: channelSettings,
    canEdit: true,
    async deliver(delivery) {
      // What is on its way arrives, whatever becomes of the sender meanwhile.
      const isTaken = await new Promise<boolean>((resolve) => {
        world.time.after(world.chance.between(20, 2_000), () => {
          if (!world.channel.isDown) world.judge.delivered(delivery, by);
          const isUp = !world.channel.isDown;
          clock.deliver(world.chance.between(20, 200), () => resolve(isUp));
        });
      });
      if (!isTaken) return { kind: "failed", why: "people.test answered 503" };
      return { kind: "sent", receipt: delivery.id, answer: "200" };
    },
  };
}
