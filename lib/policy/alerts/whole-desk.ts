import type { Run } from "../../domain/run/run.ts";

/** A unit as the dead man's switch sees it. */
export interface SeenUnit {
  readonly name: string;
  readonly run: Pick<Run, "phase" | "endedAt" | "endedBy" | "exitCode" | "heartbeatAt">;
  /** For how long its heartbeat has stood still, by the clock of whoever looks; undefined without one. */
  readonly stillMs: number | undefined;
  /** For how long its launcher has not renewed, and what its leases last without. */
  readonly silentMs: number | undefined;
  readonly ttlMs: number | undefined;
}

/** Heartbeats are stored every few seconds. */
const stillFromMs = 90_000;

/** Who of the units that must be alive is not, with why; empty: all is well. */
export function notWell(
  units: readonly SeenUnit[],
  wanted: readonly string[] | undefined,
): readonly string[] {
  const seen = wanted === undefined ? units : units.filter(({ name }) => wanted.includes(name));
  const missing = (wanted ?? []).filter((name) => !units.some((unit) => unit.name === name));
  const ill = seen.flatMap((unit) => {
    const why = whyIll(unit);
    return why === undefined ? [] : [`${unit.name} ${why}`];
  });
  return [...missing.map((name) => `${name} never ran`), ...ill];
}

function whyIll({ run, stillMs, silentMs, ttlMs = 0 }: SeenUnit): string | undefined {
  if (run.endedAt !== undefined) {
    // Whoever stopped it knows of it, and a program that ends with 0 is done.
    return run.exitCode === 0 || (run.endedBy === "launcher" && (run.exitCode ?? 1) > 128)
      ? undefined
      : "has ended";
  }
  if (silentMs === undefined || silentMs >= 2 * ttlMs) return "has no launcher";
  if (run.phase === "holding" || run.phase === "backing_off") return "does not run";
  return stillMs !== undefined && stillMs >= stillFromMs ? "sends no heartbeat" : undefined;
}
