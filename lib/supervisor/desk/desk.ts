import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import type { AccountId } from "../../domain/ids.ts";
import type { Unit } from "../../domain/run/unit.ts";
import { botKey, collectorKey, type UnitKey } from "../../domain/run/unit-key.ts";
import { fullWord, wordsApart } from "../../domain/text/unit-word.ts";
import { gravestStatus } from "../../policy/desk/after-end.ts";
import { isOver, isReady, isStarting } from "../../policy/desk/desk-state.ts";
import { keyOf, type UnitDifference, unitDifference } from "../../policy/desk/difference.ts";
import { waitsFor } from "../../policy/desk/start-order.ts";
import { CareWatch } from "./care-watch.ts";
import type { DeskPorts } from "./desk-ports.ts";
import { DeskUnit } from "./desk-unit.ts";
import { IdleTelling } from "./idle-telling.ts";
import { Standby } from "./standby.ts";

/** As often as leases are renewed: so soon an operator's word in the database is obeyed. */
const readEveryMs = 4_000;

/** Keeps the units of a launch.yaml: starts each when its turn comes, and again when that may help. */
export class Desk {
  readonly #ports: DeskPorts;
  /** How many starts may be under way at once. */
  readonly #mostStarts: number;
  readonly #units = new Map<string, DeskUnit>();
  /** What each is called among those of now. */
  #wordOf: (unit: Unit) => string = ({ name }) => name;
  readonly #watch: CareWatch;
  readonly #standby: Standby;
  readonly #telling: IdleTelling;
  /** By both words of each: where a bot and a collector have one name, nothing waits for it by the plain one. */
  #byWord: ReadonlyMap<string, DeskUnit> = new Map();
  #isStarting = false;
  #isStopping = false;
  #isSettled = false;
  #cancelNext: () => void = () => {};
  #settle: () => void = () => {};
  readonly #over = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });

  constructor(ports: DeskPorts, mostStarts: number) {
    this.#ports = ports;
    this.#mostStarts = mostStarts;
    this.#watch = new CareWatch(ports);
    this.#standby = new Standby(
      ports,
      () => this.units,
      () => this.hearOperators(),
    );
    this.#telling = new IdleTelling(ports);
  }

  get units(): readonly DeskUnit[] {
    return [...this.#units.values()];
  }

  /** Keeps these units; settles with the status of the launcher once none of them is left to run. */
  async run(declared: readonly DeclaredUnit[]): Promise<number> {
    this.#add(declared);
    await this.hearOperators();
    this.#advance();
    this.#readAgain();
    await this.#over;
    this.#cancelNext();
    this.#standby.stop();
    return gravestStatus(this.units.map(({ state }) => ("exitStatus" in state ? state.exitStatus : 0)));
  }

  /** Ends what is no longer declared, starts what is new, and starts anew what was changed; the others do not notice. */
  async reload(declared: readonly DeclaredUnit[]): Promise<UnitDifference> {
    const difference = unitDifference(
      this.units.map((unit) => unit.declared),
      declared,
    );
    const changed = difference.changed.map((change) => change.declared);
    const gone = [...difference.removed, ...changed].flatMap((each) => this.#units.get(keyOf(each)) ?? []);
    await Promise.all(
      gone.map(async (unit) => {
        await unit.leave({ why: "launch.yaml was changed", by: "a change of launch.yaml" });
        this.#units.delete(keyOf(unit.declared));
      }),
    );
    this.#add([...difference.added, ...changed]);
    await this.hearOperators();
    this.#advance();
    return difference;
  }

  /** Has the units do what operators want of them now. A database that does not answer changes nothing: what runs goes on, and its leases tell. */
  async hearOperators(): Promise<void> {
    try {
      await this.#findKeys();
      const keys = this.units.flatMap(({ key }) => key ?? []);
      const wishes = new Map(
        (await this.#ports.store.units.wishes(keys)).map((wish) => [wish.unitKey, wish] as const),
      );
      for (const unit of this.units) if (unit.key !== undefined) unit.hear(wishes.get(unit.key));
    } catch {
      // Read again soon.
    }
  }

  /** Asks every unit to end, gracefully; a second call means now. */
  stop(signal: string): void {
    const isFirst = !this.#isStopping;
    this.#isStopping = true;
    const units = this.units;
    const of = units.filter(isLive).length;
    let stopped = 0;
    // Asked again it ends at once, whoever asked first.
    const by = isFirst ? this.#ports.endedBy?.() : undefined;
    const tell = (word?: string) => this.#ports.onStopping?.({ word, stopped, of });
    if (isFirst) tell();
    const leave = async (unit: DeskUnit) => {
      const ran = isLive(unit);
      await unit.leave({ why: `stopped by ${by ?? `SIG${signal}`}`, signal, by });
      if (!isFirst || !ran) return;
      stopped += 1;
      tell(unit.word);
    };
    void Promise.all(units.map(leave)).then(this.#settle);
  }

  #add(declared: readonly DeclaredUnit[]): void {
    const own = {
      onChange: () => this.#advance(),
      hearOperators: () => this.hearOperators(),
      wordOf: (unit: Unit) => this.#wordOf(unit),
    };
    for (const each of declared) this.#units.set(keyOf(each), new DeskUnit(each, this.#ports, own));
    const { units } = this;
    this.#wordOf = wordsApart(units.map(({ declared: { unit } }) => unit));
    this.#byWord = new Map(
      units.flatMap((each) => {
        const { unit } = each.declared;
        return [[unit.name, each] as const, [fullWord(unit), each] as const];
      }),
    );
  }

  // Each change of a unit may let others start.
  #advance(): void {
    // To begin a start is a change as well, and who begins it goes on to the next unit by itself.
    if (this.#isStopping || this.#isStarting) return;
    const { units } = this;
    this.#isStarting = true;
    try {
      this.#startNext(units);
    } finally {
      this.#isStarting = false;
    }
    this.#standby.follow();
    this.#telling.tell(units);
    if (!this.#isSettled && units.every((unit) => this.#hadItsChance(unit))) {
      this.#isSettled = true;
      this.#ports.onSettled(
        units.map((unit) => ({ ...unit.settled, waitsFor: this.#waitsFor(unit.declared) })),
      );
    }
    const isDownOver = this.#ports.engine?.onStopped === "exit";
    if (units.every(({ state }) => isOver(state) || (isDownOver && state.kind === "down"))) this.#settle();
  }

  #startNext(units: readonly DeskUnit[]): void {
    let starts = units.filter(({ state }) => isStarting(state)).length;
    for (const unit of units) {
      if (starts >= this.#mostStarts) return;
      if (unit.state.kind !== "queued" || this.#waitsFor(unit.declared).length > 0) continue;
      starts += 1;
      unit.begin();
    }
  }

  #waitsFor(declared: DeclaredUnit): readonly string[] {
    return waitsFor(declared, (word) => isReady(this.#byWord.get(word)?.state));
  }

  #hadItsChance({ state, declared }: DeskUnit): boolean {
    if (state.kind === "starting") return false;
    // What waits for a unit that cannot become ready by itself has had its chance.
    const waiting = this.#waitsFor(declared);
    const isComing = (word: string): boolean =>
      ["queued", "starting", "running"].includes(this.#byWord.get(word)?.state.kind ?? "");
    return state.kind !== "queued" || (waiting.length > 0 && !waiting.some(isComing));
  }

  #readAgain(): void {
    this.#cancelNext = this.#ports.clock.after(readEveryMs, () => {
      void this.hearOperators().finally(() => {
        if (this.#isStopping) return;
        this.#telling.tell(this.units);
        this.#readAgain();
      });
      this.#watch.look(this.units);
    });
  }

  async #findKeys(): Promise<void> {
    const unknown = this.units.filter(({ key }) => key === undefined);
    const bots = unknown.flatMap(({ declared: { unit } }) => (unit.kind === "bot" ? [unit.name] : []));
    const ids = bots.length === 0 ? noIds : await this.#ports.store.accounts.idsOf(bots);
    for (const unit of unknown) unit.key = keyIn(ids, unit.declared);
  }
}

function isLive({ runner, state }: DeskUnit): boolean {
  return runner !== undefined || isStarting(state);
}

const noIds: ReadonlyMap<string, AccountId> = new Map();

function keyIn(
  ids: ReadonlyMap<string, AccountId>,
  { unit: { kind, name } }: DeclaredUnit,
): UnitKey | undefined {
  if (kind === "collector") return collectorKey(name);
  const id = ids.get(name);
  return id && botKey(id);
}
