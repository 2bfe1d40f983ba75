import type { LeaseHolder } from "../../domain/run/lease.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import { type StandbySight, StandbyWatch } from "../lease/standby-watch.ts";
import type { DeskPorts } from "./desk-ports.ts";
import type { DeskUnit } from "./desk-unit.ts";

/** Half as often as leases are renewed, so that a holder's silence is noticed soon; one query for all units. */
const lookEveryMs = 2_000;

/** Takes over the units of a desk that another host has, once their launcher there is gone. */
export class Standby {
  readonly #ports: Pick<DeskPorts, "clock" | "random" | "store" | "reservations" | "journal">;
  readonly #units: () => readonly DeskUnit[];
  readonly #hearOperators: () => Promise<void>;
  readonly #watch: StandbyWatch;
  #cancelNext: (() => void) | undefined;
  #isStopped = false;

  /** `hearOperators` has the units do what operators want of them now. */
  constructor(ports: DeskPorts, units: () => readonly DeskUnit[], hearOperators: () => Promise<void>) {
    this.#ports = ports;
    this.#units = units;
    this.#hearOperators = hearOperators;
    this.#watch = new StandbyWatch(ports.store.leases, ports.clock);
  }

  /** Looks from now on for as long as any unit stands by; called whenever one may have begun to. */
  follow(): void {
    if (this.#cancelNext === undefined && this.#standing().size > 0) this.#schedule(0);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelNext?.();
  }

  #standing(): ReadonlyMap<UnitKey, DeskUnit> {
    const standing = this.#units().filter(({ state }) => state.kind === "standby");
    return new Map(standing.flatMap((unit) => (unit.key === undefined ? [] : [[unit.key, unit] as const])));
  }

  #schedule(ms: number): void {
    if (this.#isStopped) return;
    this.#cancelNext = this.#ports.clock.after(ms, () => {
      void this.#look().then((nextMs) => {
        this.#cancelNext = undefined;
        if (nextMs !== undefined) this.#schedule(nextMs);
      });
    });
  }

  /** Settles with when to look again; undefined when nothing stands by. */
  async #look(): Promise<number | undefined> {
    const standing = this.#standing();
    if (standing.size === 0) return undefined;
    // Nothing is known while the database does not answer.
    const sights = await this.#watch.look([...standing.keys()]).catch(() => undefined);
    if (sights === undefined) return lookEveryMs;
    const kept = [...sights.values()].flatMap((sight) => (sight.kind === "kept" ? [sight.leftMs] : []));
    // A lease is free as well because an operator has just stopped its unit.
    if (kept.length < standing.size) await this.#hearOperators();
    // Of two hosts that stand by for the same fifty units, none is to take all of them.
    const { random } = this.#ports;
    const shuffled = [...standing]
      .map((each) => ({ each, at: random.random01() }))
      .sort((a, b) => a.at - b.at);
    await Promise.all(shuffled.map(({ each: [key, unit] }) => this.#follow(unit, key, sights.get(key))));
    return Math.min(lookEveryMs, ...kept);
  }

  async #follow(unit: DeskUnit, key: UnitKey, sight: StandbySight | undefined): Promise<void> {
    if (sight === undefined || unit.state.kind !== "standby") return;
    if (sight.kind === "kept") return unit.standBy(describe(sight.holder), sight.holder.isRunning);
    const seen = sight.kind === "silent" ? sight.holder.seen : undefined;
    let reserved = await this.#ports.reservations.take(key, seen, () => unit.dropReserved());
    if (reserved.kind === "reserved" && unit.state.kind !== "standby") {
      await this.#ports.reservations.giveBack(reserved.runId);
      reserved = { kind: "busy" };
    }
    if (reserved.kind === "busy") return;
    const why =
      sight.kind === "free"
        ? "no other host has it any more"
        : `${sight.holder.owner.launcher.host} did not renew its lease for ${Math.floor(sight.silentMs / 1_000)} s`;
    this.#ports.journal.say({ level: "info", unit: unit.word, text: `is taken over: ${why}` });
    // Without a lease the start asks for it itself, and waits for what it takes.
    unit.takeOver(reserved.kind === "reserved" ? reserved.runId : undefined);
  }
}

function describe({ owner: { launcher } }: LeaseHolder): string {
  return `${launcher.host} has it (launcher pid ${launcher.pid})`;
}
