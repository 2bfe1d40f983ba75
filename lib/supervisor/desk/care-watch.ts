import { megabytes } from "../../domain/desk/memory-words.ts";
import { writeTimeOfDay } from "../../domain/reputation/quiet-hours.ts";
import { minutesUntil } from "../../policy/desk/daily-restart.ts";
import { freshBudget, planRestart, type RestartBudget, restartLimits } from "../../policy/restart.ts";
import type { DeskPorts, LiveProcess } from "./desk-ports.ts";
import type { DeskUnit } from "./desk-unit.ts";

const minuteMs = 60_000;

interface Watched {
  /** When the daily restart is due, by the monotonic clock. */
  readonly dueMs: number | undefined;
  readonly budget: RestartBudget;
  readonly isTold: boolean;
}

/** A unit that is cared for, whoever keeps it. */
export type CaredUnit = Pick<DeskUnit, "word" | "declared" | "runner" | "restart">;

/** What caring for units needs. */
export type CarePorts = Pick<DeskPorts, "clock" | "random" | "journal" | "memoryOf" | "minuteOfDay">;

/** Starts a unit anew when it holds too much memory, and at its time of the day. */
export class CareWatch {
  readonly #ports: CarePorts;
  readonly #watched = new WeakMap<CaredUnit, Watched>();

  constructor(ports: CarePorts) {
    this.#ports = ports;
  }

  /** Looks at the units now. */
  look(units: readonly CaredUnit[]): void {
    const limited = units.filter(({ declared }) => declared.unit.memoryLimitBytes !== undefined);
    const runs = limited.flatMap((unit) => processOf(unit) ?? []);
    const memory = runs.length === 0 ? new Map<number, number>() : this.#ports.memoryOf(runs);
    for (const unit of units) this.#lookAt(unit, memory.get(processOf(unit)?.pid ?? 0) ?? 0);
  }

  #lookAt(unit: CaredUnit, bytes: number): void {
    const watched = this.#watched.get(unit) ?? {
      dueMs: this.#nextDue(unit),
      budget: freshBudget,
      isTold: false,
    };
    this.#watched.set(unit, this.#restartDaily(unit, this.#limitMemory(unit, bytes, watched)));
  }

  #restartDaily(unit: CaredUnit, watched: Watched): Watched {
    const { restartAt } = unit.declared.care;
    const { dueMs } = watched;
    if (restartAt === undefined || dueMs === undefined) return watched;
    if (this.#ports.clock.monotonicMs() < dueMs) return watched;
    unit.restart({ by: `its daily restart at ${writeTimeOfDay(restartAt)}`, cause: "schedule" });
    return { ...watched, dueMs: this.#nextDue(unit) };
  }

  #nextDue({ declared: { care } }: CaredUnit): number | undefined {
    if (care.restartAt === undefined) return undefined;
    const minutes = minutesUntil(care.restartAt, this.#ports.minuteOfDay());
    return this.#ports.clock.monotonicMs() + minutes * minuteMs;
  }

  #limitMemory(unit: CaredUnit, bytes: number, watched: Watched): Watched {
    const { memoryLimitBytes: limit } = unit.declared.unit;
    const state = unit.runner?.state;
    if (limit === undefined || state?.phase !== "running" || bytes <= limit) return watched;
    const nowMs = this.#ports.clock.monotonicMs();
    const random01 = this.#ports.random.random01();
    const ranMs = nowMs - state.child.startedAtMs;
    const next = planRestart(watched.budget, { nowMs, ranMs, random01 }, restartLimits.memory);
    const much = `its memory_limit (${megabytes(bytes)}, more than ${megabytes(limit)})`;
    if (next.kind === "restart") {
      unit.restart({ by: much, cause: "memory", delayMs: next.delayMs });
      return { ...watched, budget: next.budget, isTold: false };
    }
    if (!watched.isTold) this.#tellSpent(unit, much);
    return { ...watched, budget: next.budget, isTold: true };
  }

  #tellSpent(unit: CaredUnit, much: string): void {
    const text = `was started anew too often by ${much}; it goes on as it is: raise memory_limit in launch.yaml, or look for what grows`;
    this.#ports.journal.say({ level: "error", unit: unit.word, text });
  }
}

function processOf({ runner }: CaredUnit): LiveProcess | undefined {
  if (runner?.state.phase !== "running") return undefined;
  return { runId: runner.runId, pid: runner.state.child.pid };
}
