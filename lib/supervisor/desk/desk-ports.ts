import type { IdleUnits } from "../../domain/desk/idle-units.ts";
import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import type { RunId } from "../../domain/ids.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import type { DeskState } from "../../policy/desk/desk-state.ts";
import type { Ending } from "../../policy/machine/state.ts";
import type { Clock, Random } from "../../ports/clock.ts";
import type { Journal } from "../../ports/journal.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import type { Store } from "../../ports/store/store.ts";
import type { Reservations } from "../lease/reservations.ts";
import type { UnitHooks } from "../unit/context.ts";
import type { Runner } from "../unit/runner.ts";

/** Where a unit stood when it had had its first chance. */
export interface SettledUnit {
  readonly kind: Unit["kind"];
  readonly name: string;
  readonly state: DeskState;
  /** The units that must be ready before it starts, and are not. */
  readonly waitsFor?: readonly string[];
}

/** A program of the host that starts the launcher again, as its status says. */
export interface EngineWishes {
  /** Whether the launcher ends when an operator stops its unit, or waits until that is wanted up. */
  readonly onStopped: "exit" | "wait";
}

/** How far the end of a desk has come. */
export interface StopProgress {
  /** What the unit that has just ended is called among all of them. */
  readonly word: string | undefined;
  readonly stopped: number;
  /** How many ran when it began. */
  readonly of: number;
}

/** The main process of a run. */
export interface LiveProcess {
  readonly runId: RunId;
  readonly pid: number;
}

/** What a desk of units works with. */
export interface DeskPorts {
  /** Who starts the launcher again; undefined: nobody does, and the desk tries again whatever may help. */
  readonly engine?: EngineWishes | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly journal: Journal;
  readonly store: Pick<Store, "accounts" | "units" | "leases">;
  /** Takes leases before the turn of their units to start has come. */
  readonly reservations: Pick<Reservations, "take" | "giveBack">;
  /** Tells other terminals and hosts which units do not run here, and why. */
  tellIdle(idle: IdleUnits): Promise<void>;
  /** Begins a run of the unit, under the id that its lease was reserved for if there is one; rejects with a LaunchError. */
  start(unit: Unit, hooks: UnitHooks, reserved?: RunId): Promise<Runner>;
  /** Writes into the history that no run of the unit could begin, and that it is not tried again. */
  recordFailed(unit: Unit, ending: Ending): Promise<void>;
  /** Where what a run of the unit writes is shown, by what it is called; told of the run's end, since a last line may have none. */
  output(unit: Unit, word: string): OutputSink & { end(): void };
  /** Asks once whether the unit is ready, by an address, or a collector by a command; settles with why it is not, or with undefined. */
  askReady(unit: Unit, way: ReadyProbe["way"]): Promise<string | undefined>;
  /** Whether a launcher that lives on this host holds the unit. */
  isHeldHere(key: UnitKey | undefined): Promise<boolean>;
  /** What each of these runs holds in memory with all that came from it, in bytes, by the pid of its main process. */
  memoryOf(runs: readonly LiveProcess[]): ReadonlyMap<number, number>;
  /** Called when the first start of a unit is through, well or not. */
  onFirst(unit: SettledUnit): void;
  /** Called when a unit is ready, each time. */
  onReady?(unit: SettledUnit): void;
  /** Called once every unit has had its first chance: it runs, is over, or waits for something. */
  onSettled(units: readonly SettledUnit[]): void;
  /** Called when all units are asked to end, without a name, and then with each that has. */
  onStopping?(progress: StopProgress): void;
  /** Who has the whole desk end, where an operator's command asked for it. */
  endedBy?(): string | undefined;
  /** Minutes since midnight of this host. */
  minuteOfDay(): number;
}

/** What a unit asks of the desk that keeps it. */
export interface DeskOfUnit {
  onChange(): void;
  /** What the unit is called among those of the desk. */
  wordOf(unit: Unit): string;
  /** Has the units do what operators want of them now; nothing changes while the database does not answer. */
  hearOperators(): Promise<void>;
}
