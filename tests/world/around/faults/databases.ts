import { copyOf } from "../../../support/memory-store/state.ts";
import type { Chance } from "../../time/chance.ts";
import type { World } from "../../world.ts";
import type { DatabaseTrouble } from "../database.ts";
import { anyMachine, askToEnd, type FaultKind, second } from "./fault-kind.ts";

/** What goes wrong with the database, for all or for one host. */
export const databaseFaults: readonly FaultKind[] = [
  {
    name: "database",
    weight: 3,
    lasts: [second, 60 * second],
    begin: (world, chance, lastsMs) =>
      databaseTrouble(world, chance.pick(["away", "hangs", "slow", "unheard"] as const), undefined, lastsMs),
  },
  {
    name: "database of a host",
    weight: 3,
    lasts: [second, 90 * second],
    begin: (world, chance, lastsMs) => {
      const trouble = chance.pick(["away", "hangs", "slow", "unheard"] as const);
      return databaseTrouble(world, trouble, anyMachine(world, chance).host, lastsMs);
    },
  },
  { name: "database fails over", weight: 0.6, lasts: [second, 8 * second], begin: failOver },
];

function databaseTrouble(world: World, trouble: DatabaseTrouble, host: string | undefined, lastsMs: number) {
  const { database, troubles, time } = world;
  troubles.databaseAway.push({ fromMs: time.nowMs(), untilMs: time.nowMs() + lastsMs + 6_000 });
  troubles.databaseUntilMs = Math.max(troubles.databaseUntilMs, time.nowMs() + lastsMs + 6_000);
  if (host === undefined) {
    database.forAll = trouble;
    return () => {
      database.forAll = "none";
    };
  }
  database.forHost.set(host, trouble);
  return () => database.forHost.delete(host);
}

/** The standby takes over; where it followed asynchronously, it never heard of what was written last. */
function failOver(world: World, chance: Chance, lastsMs: number): () => void {
  const { memory, time, troubles, database, judgedSince } = world;
  const fromMs = time.nowMs();
  const isLossy = chance.isOneIn(2);
  const lagMs = isLossy ? chance.between(300, 4_000) : 0;
  const before = copyOf(memory.state);
  databaseTrouble(world, "away", undefined, lagMs + lastsMs);
  // What is given back now is taken by others in the moment that is forgotten.
  if (isLossy && chance.isOneIn(2)) askToEnd(anyMachine(world, chance));
  // Until then the old server still answers.
  if (isLossy) database.forAll = "none";
  time.after(lagMs, () => {
    database.forAll = "away";
    if (isLossy) {
      memory.state = before;
      troubles.lossesMs.push(time.nowMs());
      // What an operator typed in that moment must be typed again.
      for (const [what, sinceMs] of judgedSince) if (sinceMs >= fromMs) judgedSince.delete(what);
    }
    memory.state.era += 1;
    memory.state.isSettled = false;
    // One host finds the way to the new server later than the others.
    const late = chance.isOneIn(2) ? anyMachine(world, chance).host : undefined;
    const lateMs = chance.between(2_000, 12_000);
    time.after(lastsMs, () => {
      database.forAll = "none";
      if (late === undefined) return;
      time.after(lateMs, databaseTrouble(world, "away", late, lateMs));
    });
  });
  return () => {};
}
