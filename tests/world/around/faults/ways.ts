import type { ExitIp } from "../../../../lib/domain/ip.ts";
import type { World } from "../../world.ts";
import { addressOf, vendors } from "../layout.ts";
import { directIpOf } from "../truth.ts";
import { anyMachine, anyProxy, type FaultKind, inSet, minute, second } from "./fault-kind.ts";

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
];

// Where nobody got through, nobody could see what had changed behind it.
function shutOut(world: World, set: Set<string>, one: string, labels: readonly string[]): () => void {
  const end = inSet(set, one);
  return () => {
    end();
    for (const label of labels) world.truth.backAtMs.set(label, world.time.nowMs());
  };
}
