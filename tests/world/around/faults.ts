import type { World } from "../world.ts";
import { databaseFaults } from "./faults/databases.ts";
import type { FaultKind } from "./faults/fault-kind.ts";
import { otherFaults } from "./faults/others.ts";
import { processFaults } from "./faults/processes.ts";
import { wayFaults } from "./faults/ways.ts";

const kinds: readonly FaultKind[] = [...processFaults, ...databaseFaults, ...wayFaults, ...otherFaults];

/** Lets faults come and go until that moment, by the seed. */
export function haveFaults(world: World, untilMs: number): void {
  const chance = world.chance.apart("faults");
  const { time, log } = world;
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  const draw = (): FaultKind => {
    let left = chance.random01() * total;
    for (const kind of kinds) {
      left -= kind.weight;
      if (left < 0) return kind;
    }
    throw new Error("the weights of faults are wrong");
  };
  const next = (): void => {
    const waitMs = chance.isOneIn(4) ? chance.between(50, 3_000) : chance.between(5_000, 90_000);
    time.after(waitMs, () => {
      if (time.nowMs() >= untilMs) return;
      const kind = draw();
      const [least, most] = kind.lasts;
      const lastsMs = Math.min(
        untilMs - time.nowMs(),
        least + Math.floor(chance.random01() ** 2 * (most - least)),
      );
      const end = kind.begin(world, chance, lastsMs);
      log.note(time.nowMs(), `fault ${kind.name} ${lastsMs}`);
      if (end !== undefined) time.after(lastsMs, end);
      next();
    });
  };
  next();
}
