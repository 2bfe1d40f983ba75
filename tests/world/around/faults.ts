import type { ExitIp } from "../../../lib/domain/ip.ts";
import { copyOf } from "../../support/memory-store/state.ts";
import { endLauncher } from "../host/machine.ts";
import type { Chance } from "../time/chance.ts";
import type { Machine, World } from "../world.ts";
import type { DatabaseTrouble } from "./database.ts";
import { addressOf, vendors, type WorldProxy, witnesses } from "./layout.ts";
import { directIpOf } from "./truth.ts";

const [second, minute] = [1_000, 60_000];

interface FaultKind {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  /** The shortest and the longest, in milliseconds; what is over at once has none. */
  readonly lasts: readonly [number, number];
  /** Begins it; gives what ends it. */
  readonly begin: (world: World, chance: Chance, lastsMs: number) => (() => void) | undefined;
}

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

function inSet<T>(set: Set<T>, one: T): () => void {
  set.add(one);
  return () => set.delete(one);
}

// Where nobody got through, nobody could see what had changed behind it.
function shutOut(world: World, set: Set<string>, one: string, labels: readonly string[]): () => void {
  const end = inSet(set, one);
  return () => {
    end();
    for (const label of labels) world.truth.backAtMs.set(label, world.time.nowMs());
  };
}

function anyMachine({ machines }: World, chance: Chance): Machine {
  return chance.pick(machines);
}

// The exits that are used, or nothing much would come of it.
function anyProxy({ machines, layout }: World, chance: Chance): WorldProxy {
  const used = machines.flatMap(({ present, processes }) =>
    [...processes.all].flatMap(({ account }) => present?.net.relayOf(account)?.label() ?? []),
  );
  const label = used.length > 0 && !chance.isOneIn(4) ? chance.pick(used) : undefined;
  return layout.proxies.find((proxy) => proxy.label === label) ?? chance.pick(layout.proxies);
}

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

const kinds: readonly FaultKind[] = [
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
      const { present } = anyMachine(world, chance);
      if (present !== undefined && !present.isFrozen) present.desk.stop("TERM");
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
      const sold = world.layout.proxies.flatMap(({ provider, label }) => (provider === vendor ? [label] : []));
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
      };
    },
  },
];

/** The standby takes over; where it followed asynchronously, it never heard of what was written last. */
function failOver(world: World, chance: Chance, lastsMs: number): () => void {
  const { memory, time, troubles } = world;
  const isLossy = chance.isOneIn(2);
  const before = copyOf(memory.state);
  const end = databaseTrouble(world, "away", undefined, lastsMs);
  // Until a moment later the old server still answers some.
  world.database.forAll = isLossy ? "none" : "away";
  time.after(isLossy ? 400 : 0, () => {
    world.database.forAll = "away";
    if (isLossy) {
      memory.state = before;
      troubles.lossAtMs = time.nowMs();
    }
    memory.state.era += 1;
    memory.state.isSettled = false;
  });
  return end;
}
