import type { Chance } from "../../time/chance.ts";
import type { Machine, World } from "../../world.ts";
import type { WorldAccount, WorldProxy } from "../layout.ts";

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

/** A bot that runs, and the proxy that it is on. */
export interface RunningBot {
  readonly machine: Machine;
  readonly account: WorldAccount;
  readonly proxy: WorldProxy;
}

export function runningBots({ machines, accounts, proxies }: World): readonly RunningBot[] {
  return machines.flatMap((machine) =>
    [...machine.processes.all].flatMap(({ account: name }) => {
      const account = accounts.get(name);
      const proxy = proxies.get(machine.present?.net.relayOf(name)?.label() ?? "");
      return account === undefined || proxy === undefined ? [] : [{ machine, account, proxy }];
    }),
  );
}

/** Mostly one whose exit is used, or nothing much would come of it. */
export function anyProxy(world: World, chance: Chance): WorldProxy {
  const used = runningBots(world);
  return used.length > 0 && !chance.isOneIn(4) ? chance.pick(used).proxy : chance.pick(world.layout.proxies);
}
