import { endLauncher } from "../../host/machine.ts";
import { anyMachine, askToEnd, type FaultKind, inSet, minute, second } from "./fault-kind.ts";

/** What goes wrong with launchers, bots and the clocks of hosts. */
export const processFaults: readonly FaultKind[] = [
  {
    name: "launcher killed",
    weight: 3,
    lasts: [0, 0],
    begin: (world, chance) => {
      endLauncher(world, anyMachine(world, chance), "killed");
      return undefined;
    },
  },
  {
    name: "launcher asked to end",
    weight: 1,
    lasts: [0, 0],
    begin: (world, chance) => {
      askToEnd(anyMachine(world, chance));
      return undefined;
    },
  },
  {
    name: "launcher frozen",
    weight: 3,
    lasts: [second, 90 * second],
    begin: (world, chance, lastsMs) => {
      const { present, host } = anyMachine(world, chance);
      if (present === undefined || present.isFrozen) return undefined;
      present.isFrozen = true;
      present.clock.freeze();
      world.troubles.frozenUntilMs = Math.max(world.troubles.frozenUntilMs, world.time.nowMs() + lastsMs);
      return () => {
        if (present.isDead) return;
        present.isFrozen = false;
        world.troubles.thawedAtMs.set(host, world.time.nowMs());
        world.log.note(world.time.nowMs(), `thawed ${host}`);
        present.clock.thaw();
      };
    },
  },
  {
    name: "bot ends by itself",
    weight: 2,
    lasts: [0, 0],
    begin: ({ machines }, chance) => {
      const all = machines.flatMap(({ processes }) => [...processes.all]);
      const end = chance.pick([
        { code: 1, signal: undefined },
        { code: undefined, signal: "SEGV" },
      ]);
      if (all.length > 0) chance.pick(all).end(end);
      return undefined;
    },
  },
  {
    name: "bot hangs",
    weight: 1,
    lasts: [10 * second, 2 * minute],
    begin: ({ machines, hanging }, chance) => {
      const all = machines.flatMap(({ processes }) => [...processes.all]);
      return all.length === 0 ? undefined : inSet(hanging, chance.pick(all).pid);
    },
  },
  {
    name: "clock stepped",
    weight: 0.7,
    lasts: [minute, 30 * minute],
    begin: (world, chance) => {
      const { wall } = anyMachine(world, chance);
      world.troubles.steppedMs.push(world.time.nowMs());
      wall.offMs += chance.pick([-3_600_000, -40_000, 20_000, 86_400_000]);
      return () => {
        wall.offMs = 0;
        wall.setAtMs = world.time.nowMs();
      };
    },
  },
];
