import type { VenueName } from "../../lib/domain/account.ts";
import { loadVenueBook } from "../../lib/policy/verdict/venues/load-book.ts";
import { memoryAlerts } from "../support/memory-store/alerts.ts";
import { emptyState, type Memory } from "../support/memory-store/state.ts";
import { memoryStoreOver } from "../support/memory-store.ts";
import { haveFaults } from "./around/faults.ts";
import { fillDatabase, layoutOf, venueHosts } from "./around/layout.ts";
import { haveOperators, putRight } from "./around/operators.ts";
import { nothingWrong } from "./around/truth.ts";
import { openMachine, startLauncher } from "./host/machine.ts";
import { openJudge } from "./judge/judge.ts";
import { VenueLog } from "./judge/venue-log.ts";
import { chanceOf } from "./time/chance.ts";
import { wallStartMs } from "./time/host-clock.ts";
import { banRealTime } from "./time/no-real-time.ts";
import { type VirtualTime, virtualTime } from "./time/virtual-time.ts";
import { noTroubles, type World, type WorldOptions } from "./world.ts";

/** What came of one seed. */
export interface WorldOutcome {
  readonly seed: number;
  /** What must never be and was. */
  readonly faults: readonly string[];
  /** Of everything that happened. */
  readonly hash: string;
  readonly lines: readonly string[];
  readonly requests: number;
  readonly sessions: number;
  readonly timers: number;
  /** Statements that the database carried out, by their kind. */
  readonly calls: ReadonlyMap<string, number>;
  /** Those of the first half. */
  readonly earlyCalls: ReadonlyMap<string, number>;
  readonly memory: Memory;
}

const minute = 60_000;
/** How long nothing goes wrong any more, at the end: a crash loop is tried again after ten minutes. */
const quietMs = 26 * minute;

let present: VirtualTime | undefined;

/** Bans the real clock from this process, for good; to be called before the first world, and not from a promise. */
export function prepareWorlds(): void {
  present = virtualTime();
  banRealTime(() => {
    if (present === undefined) throw new Error("no world runs");
    return present;
  });
  // What is loaded when it is first used has to be there before: a world does not wait for it.
  void loadVenueBook(Object.keys(venueHosts) as VenueName[], []);
  present.settle();
}

/** Runs one world from its seed; the same seed has the same outcome. */
export function runWorld(seed: number, options: WorldOptions, keepsLines = false): WorldOutcome {
  const time = virtualTime();
  present = time;
  const calls = new Map<string, number>();
  const world = openWorld(seed, options, { time, calls });
  world.log.keepsLines = keepsLines;
  let isFilled = false;
  void fillDatabase(world.rows.store, world.layout, world.chance.apart("rows")).then(() => {
    isFilled = true;
  });
  time.settle();
  if (!isFilled) throw new Error("the world's database could not be filled");
  const endMs = options.hours * 60 * minute;
  const calmMs = options.hasFaults ? endMs - quietMs : endMs;
  world.machines.forEach(
    (machine, index) => void time.after(index * 700, () => startLauncher(world, machine)),
  );
  if (options.hasFaults) {
    haveFaults(world, calmMs);
    haveOperators(world, calmMs);
    for (const afterMs of [5_000, 30_000]) time.after(calmMs + afterMs, () => void putRight(world));
  }
  time.runUntil(endMs / 2);
  const earlyCalls = new Map(calls);
  time.runUntil(endMs);
  if (options.hasFaults) world.judge.atTheEnd();
  const { log } = world;
  return {
    seed,
    faults: log.faults,
    hash: log.hash(),
    lines: log.lines,
    requests: log.requests,
    sessions: log.sessions.length,
    timers: time.fired(),
    calls,
    earlyCalls,
    memory: world.memory,
  };
}

function openWorld(
  seed: number,
  options: WorldOptions,
  { time, calls }: { readonly time: VirtualTime; readonly calls: Map<string, number> },
): World {
  const chance = chanceOf(seed);
  const layout = layoutOf(chance.apart("layout"), options);
  const memory: Memory = { state: emptyState(), now: () => wallStartMs + time.nowMs() };
  const machines: World["machines"][number][] = [];
  let lastPid = 100;
  const world: World = {
    options,
    chance,
    time,
    layout,
    accounts: new Map(layout.accounts.map((account) => [account.name, account])),
    proxies: new Map(layout.proxies.map((proxy) => [proxy.label, proxy])),
    memory,
    rows: { store: memoryStoreOver(memory), alerts: memoryAlerts(memory) },
    truth: nothingWrong(),
    database: { forAll: "none", forHost: new Map() },
    machines,
    log: new VenueLog(),
    judge: openJudge(() => world),
    troubles: noTroubles(),
    judgedSince: new Map(),
    hanging: new Set(),
    channel: { isDown: false },
    nextPid: () => ++lastPid,
    onCall: (name) => void calls.set(name, (calls.get(name) ?? 0) + 1),
  };
  for (const host of layout.hosts) machines.push(openMachine(world, host));
  return world;
}
