import type { Memory } from "../support/memory-store/state.ts";
import type { DatabaseTruth, WorldStore } from "./around/database.ts";
import type { Layout, WorldAccount, WorldProxy } from "./around/layout.ts";
import type { Truth } from "./around/truth.ts";
import type { Machine } from "./host/machine.ts";
import type { Judge } from "./judge/judge.ts";
import type { VenueLog } from "./judge/venue-log.ts";
import type { Chance } from "./time/chance.ts";
import type { VirtualTime } from "./time/virtual-time.ts";

/** How a world is set up. */
export interface WorldOptions {
  readonly hosts: number;
  readonly accounts: number;
  readonly hours: number;
  readonly hasFaults: boolean;
  readonly hasProbes: boolean;
  /** Whether people are told of anything. */
  readonly hasAlerts: boolean;
  /** How many hosts have a unit in their launch.yaml. */
  readonly hostsPerUnit: number;
  readonly requestEveryMs: number;
  readonly leaseTtlMs: number;
}

/** Everything that is there in one run of a seed. */
export interface World {
  readonly options: WorldOptions;
  readonly chance: Chance;
  readonly time: VirtualTime;
  readonly layout: Layout;
  readonly accounts: ReadonlyMap<string, WorldAccount>;
  readonly proxies: ReadonlyMap<string, WorldProxy>;
  readonly memory: Memory;
  readonly rows: WorldStore;
  readonly truth: Truth;
  readonly database: DatabaseTruth;
  readonly machines: readonly Machine[];
  readonly log: VenueLog;
  readonly judge: Judge;
  readonly troubles: Troubles;
  /** Since when an account is held or stopped, or a proxy is disabled, by an operator. */
  readonly judgedSince: Map<string, number>;
  /** Pids of bots that show no life. */
  readonly hanging: Set<number>;
  readonly nextPid: () => number;
  readonly onCall: (name: string) => void;
  /** Where people are told. */
  readonly channel: { isDown: boolean };
}

/** When something went wrong, as far as it excuses something. */
export interface Troubles {
  readonly launcherKilledMs: number[];
  /** By host: when its launcher was continued. */
  readonly thawedAtMs: Map<string, number>;
  frozenUntilMs: number;
  /** Until when some witness or host could not be asked. */
  witnessUntilMs: number;
  databaseFromMs: number;
  databaseUntilMs: number;
  /** A fail-over that lost what was written last. */
  lossAtMs: number;
  /** Wall clocks that were set. */
  readonly steppedMs: number[];
  readonly offline: { readonly host: string; readonly fromMs: number; readonly untilMs: number }[];
}

export function noTroubles(): Troubles {
  return {
    launcherKilledMs: [],
    thawedAtMs: new Map(),
    frozenUntilMs: 0,
    witnessUntilMs: 0,
    databaseFromMs: 0,
    databaseUntilMs: 0,
    lossAtMs: 0,
    steppedMs: [],
    offline: [],
  };
}
