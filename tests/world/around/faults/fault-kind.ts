import type { Chance } from "../../time/chance.ts";
import type { Machine, World } from "../../world.ts";
import type { WorldProxy } from "../layout.ts";

export const [second, minute] = [1_000, 60_000];

/** Something that goes wrong. */
export interface FaultKind {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** The shortest and the longest, in milliseconds; what is over at once has none. */
  readonly lasts: readonly [number, number];
  /** Begins it; gives what ends it. */
  readonly begin: (world: World, chance: Chance, lastsMs: number) => (() => void) | undefined;
}

/** Puts it in; gives what takes it out again. */
export function inSet<T>(set: Set<T>, one: T): () => void {
  set.add(one);
  return () => set.delete(one);
}

export function anyMachine({ machines }: World, chance: Chance): Machine {
  return chance.pick(machines);
}

/** As an operator who upgrades it. */
export function askToEnd({ present }: Machine): void {
  if (present !== undefined && !present.isFrozen) present.desk.stop("TERM");
}

/** Mostly one whose exit is used, or nothing much would come of it. */
export function anyProxy({ machines, layout }: World, chance: Chance): WorldProxy {
  const used = machines.flatMap(({ present, processes }) =>
    [...processes.all].flatMap(({ account }) => present?.net.relayOf(account)?.label() ?? []),
  );
  const label = used.length > 0 && !chance.isOneIn(4) ? chance.pick(used) : undefined;
  return layout.proxies.find((proxy) => proxy.label === label) ?? chance.pick(layout.proxies);
}
