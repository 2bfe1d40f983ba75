import type { ExitIp } from "../../../../lib/domain/ip.ts";
import type { Chance } from "../../time/chance.ts";
import type { World } from "../../world.ts";
import { addressOf, vendors } from "../layout.ts";
import { directIpOf, exitOf } from "../truth.ts";
import { anyMachine, anyProxy, type FaultKind, inSet, minute, runningBots, second } from "./fault-kind.ts";

/** What goes wrong between a host and where its proxies leave. */
export const wayFaults: readonly FaultKind[] = [
  {
    name: "host without network",
    weight: 2,
    lasts: [5 * second, 4 * minute],
    begin: (world, chance, lastsMs) => {
      const { truth, troubles, time } = world;
      const { host } = anyMachine(world, chance);
      if (truth.isHostOffline.has(host)) return undefined;
      const fromMs = time.nowMs();
      troubles.offline.push({ host, fromMs, untilMs: fromMs + lastsMs });
      troubles.witnessUntilMs = Math.max(troubles.witnessUntilMs, fromMs + lastsMs);
      return inSet(truth.isHostOffline, host);
    },
  },
  {
    name: "vendor out",
    weight: 1,
    lasts: [20 * second, 10 * minute],
    begin: (world, chance) => {
      const vendor = chance.pick(vendors);
      const sold = world.layout.proxies.flatMap(({ provider, label }) =>
        provider === vendor ? [label] : [],
      );
      return shutOut(world, world.truth.isVendorOut, vendor, sold);
    },
  },
  {
    name: "proxy dead",
    weight: 4,
    lasts: [20 * second, 30 * minute],
    begin: (world, chance) => {
      const { label } = anyProxy(world, chance);
      return shutOut(world, world.truth.isProxyDead, label, [label]);
    },
  },
  {
    name: "credential refused",
    weight: 1,
    lasts: [minute, 20 * minute],
    begin: (world, chance) => {
      const { label } = anyProxy(world, chance);
      return shutOut(world, world.truth.isRefusingCredential, label, [label]);
    },
  },
  {
    name: "drift",
    weight: 3,
    lasts: [minute, 20 * minute],
    begin: (world, chance) => {
      const { truth, time, layout } = world;
      const { label } = anyProxy(world, chance);
      if (truth.drifts.has(label)) return undefined;
      const exitIp: ExitIp = chance.isOneIn(4)
        ? directIpOf(chance.pick(world.machines).host)
        : chance.isOneIn(4)
          ? chance.pick(layout.proxies).exitIp
          : addressOf(5_000 + chance.between(1, 50));
      truth.drifts.set(label, exitIp);
      truth.changedAtMs.set(label, time.nowMs());
      return () => {
        truth.drifts.delete(label);
        truth.changedAtMs.set(label, time.nowMs());
      };
    },
  },
  { name: "exit sold twice", weight: 1.5, lasts: [30 * second, 10 * minute], begin: sellTwice },
];

// The vendor moves a proxy that nobody is on to the exit of a bot, and a bot of another host comes there because its own exit is gone:
// only the lease of the exit keeps the two apart.
function sellTwice(world: World, chance: Chance): (() => void) | undefined {
  const { truth, time } = world;
  const bots = runningBots(world);
  if (bots.length < 2) return undefined;
  const holder = chance.pick(bots);
  const others = bots.filter(({ machine }) => machine !== holder.machine);
  if (others.length === 0) return undefined;
  const comer = chance.pick(others);
  const isIdle = (label: string): boolean => bots.every((bot) => bot.proxy.label !== label);
  const idle = comer.account.exits.filter(({ label }) => isIdle(label) && !truth.drifts.has(label));
  if (idle.length === 0) return undefined;
  const exitIp = exitOf(truth, holder.proxy, holder.machine.host);
  for (const { label } of idle) {
    truth.drifts.set(label, exitIp);
    truth.changedAtMs.set(label, time.nowMs());
  }
  const reopen = shutOut(world, truth.isProxyDead, comer.proxy.label, [comer.proxy.label]);
  return () => {
    reopen();
    for (const { label } of idle) {
      truth.drifts.delete(label);
      truth.changedAtMs.set(label, time.nowMs());
    }
  };
}

// Where nobody got through, nobody could see what had changed behind it.
function shutOut(world: World, set: Set<string>, one: string, labels: readonly string[]): () => void {
  const end = inSet(set, one);
  return () => {
    end();
    for (const label of labels) world.truth.backAtMs.set(label, world.time.nowMs());
  };
}
