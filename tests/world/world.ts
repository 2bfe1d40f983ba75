import type { ProcessIdentity } from "../../lib/domain/run/lease.ts";
import type { UnitKey } from "../../lib/domain/run/unit-key.ts";
import type { OperatorRequest, RequestAnswer } from "../../lib/domain/run/unit-wish.ts";
import type { Delivery } from "../../lib/ports/alerts/alert-channel.ts";
import type { OutageBook } from "../../lib/ports/alerts/outage-book.ts";
import type { Desk } from "../../lib/supervisor/desk/desk.ts";
import type { Memory } from "../support/memory-store/state.ts";
import type { DatabaseTruth, WorldStore } from "./around/database.ts";
import type { Layout, WorldAccount, WorldProxy } from "./around/layout.ts";
import type { HostNet, Way } from "./around/net.ts";
import type { Truth } from "./around/truth.ts";
import type { HostProcesses, WorldProcess } from "./host/bots.ts";
import type { HeldLocks } from "./host/host-locks.ts";
import type { VenueLog } from "./judge/venue-log.ts";
import type { Chance } from "./time/chance.ts";
import type { HostClock } from "./time/host-clock.ts";
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
  /** Since when an account is held or stopped, or a proxy disabled or demoted, by an operator. */
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
  readonly databaseAway: { readonly fromMs: number; readonly untilMs: number }[];
  databaseUntilMs: number;
  /** Fail-overs that lost what was written last. */
  readonly lossesMs: number[];
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
    databaseAway: [],
    databaseUntilMs: 0,
    lossesMs: [],
    steppedMs: [],
    offline: [],
  };
}

/** A host, which has one launcher at a time and starts it again when it ends. */
export interface Machine {
  readonly host: string;
  /** How far its clock is off, and when it was set last. */
  readonly wall: { offMs: number; setAtMs: number };
  readonly processes: HostProcesses;
  readonly locks: HeldLocks;
  readonly book: OutageBook;
  present: RunningLauncher | undefined;
}

/** One process of the launcher. */
export interface RunningLauncher {
  readonly identity: ProcessIdentity;
  readonly clock: HostClock;
  readonly net: HostNet;
  readonly desk: Desk;
  isFrozen: boolean;
  isDead: boolean;
}

/** Watches over what was promised, by what happens outside the launchers. */
export interface Judge {
  started(process: WorldProcess, machine: Machine): void;
  ended(process: WorldProcess): void;
  beforeRequest(request: Sent): void;
  /** Whether a proxy leaves now from another exit than it did, and whoever runs on it cannot have found out. */
  isDrifted(label: string, process: WorldProcess): boolean;
  answered(unitKey: UnitKey, request: OperatorRequest, answer: RequestAnswer): void;
  delivered(delivery: Delivery, by: number): void;
  /** After the quiet at the end. */
  atTheEnd(): void;
}

export interface Sent {
  readonly process: WorldProcess;
  readonly account: WorldAccount;
  readonly way: Way;
  readonly venue: string;
  readonly launcher: RunningLauncher;
  readonly machine: Machine;
}
