import { addressOf, witnesses } from "../layout.ts";
import { anyProxy, type FaultKind, inSet, minute, second } from "./fault-kind.ts";

/** What goes wrong with witnesses, venues and the channel of alerts. */
export const otherFaults: readonly FaultKind[] = [
  {
    name: "witness lies",
    weight: 1.5,
    lasts: [20 * second, 10 * minute],
    begin: ({ truth }, chance) => {
      // Two liars at a time that agree are nobody's fault.
      if (truth.lies.size > 0) return undefined;
      const witness = chance.pick(witnesses);
      truth.lies.set(witness, addressOf(6_000 + chance.between(1, 50)));
      return () => truth.lies.delete(witness);
    },
  },
  {
    name: "witness down",
    weight: 1,
    lasts: [20 * second, 5 * minute],
    begin: ({ truth, troubles, time }, chance, lastsMs) => {
      troubles.witnessUntilMs = Math.max(troubles.witnessUntilMs, time.nowMs() + lastsMs);
      return inSet(truth.isWitnessDown, chance.pick(witnesses));
    },
  },
  {
    name: "venue bans an exit",
    weight: 3,
    lasts: [30 * second, 40 * minute],
    begin: (world, chance, lastsMs) => {
      const { exitIp } = anyProxy(world, chance);
      const venue = chance.pick(world.layout.accounts.flatMap(({ venues }) => venues));
      world.truth.bans.set(`${exitIp} ${venue}`, world.time.nowMs() + lastsMs);
      return undefined;
    },
  },
  {
    name: "venue limits an account",
    weight: 1,
    lasts: [5 * second, minute],
    begin: ({ truth, layout }, chance) => inSet(truth.isLimited, chance.pick(layout.accounts).name),
  },
  {
    name: "incident of a venue",
    weight: 0.7,
    lasts: [20 * second, 5 * minute],
    begin: ({ truth, layout }, chance) =>
      inSet(truth.isVenueInTrouble, chance.pick(layout.accounts.flatMap(({ venues }) => venues)) as string),
  },
  {
    name: "channel of alerts down",
    weight: 1,
    lasts: [5 * second, 3 * minute],
    begin: ({ channel }) => {
      channel.isDown = true;
      return () => {
        channel.isDown = false;
      };
    },
  },
];
