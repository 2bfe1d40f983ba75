import type { HeldExitFacts, UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { MonotonicMs } from "../../domain/time.ts";
import { type BotState, exitOf, type HeldExit } from "../../policy/machine/state.ts";
import type { RunContext } from "./context.ts";
import { beginningUnit, shownPhase, shownReason } from "./run-row.ts";

/** A frame holds this many names of sockets easily. */
const mostSockets = 50;

/** Where the run stands now, as far as this process knows. */
export function unitSnapshot(state: BotState, { settings, vitals, ports }: RunContext): UnitSnapshot {
  const nowMs = ports.clock.monotonicMs();
  const { unit } = settings;
  const exit = exitOf(state);
  const child = "child" in state ? state.child : undefined;
  return {
    ...beginningUnit(settings),
    runId: settings.runId,
    phase: shownPhase(state),
    reason: shownReason(state),
    pid: child?.pid,
    uptimeMs: child && nowMs - child.startedAtMs,
    restarts: state.restarts,
    exit: exit && factsOf(exit, nowMs),
    ...heartbeatOf(settings, vitals, nowMs),
    leaseLeftMs: vitals.leaseUntil && Math.max(0, vitals.leaseUntil - nowMs),
    traffic: vitals.counters?.(),
    reachableSockets: vitals.reachableSockets.slice(0, mostSockets),
    heldBy: vitals.heldBy?.(),
    memoryLimit: limitOf(unit, vitals),
    logFile: unit.logFile,
    graceMs: unit.stop.graceMs,
  };
}

function limitOf(
  { memoryLimitBytes: bytes }: RunContext["settings"]["unit"],
  { endsPastBytes }: RunContext["vitals"],
): UnitSnapshot["memoryLimit"] {
  return bytes === undefined ? undefined : { bytes, endsPastBytes: endsPastBytes?.() };
}

function factsOf({ label, proof, confirmedAtMs }: HeldExit, nowMs: MonotonicMs): HeldExitFacts {
  const { exitIps, country, reach, agreed, asked } = proof;
  return { label, exitIps, country, reach, agreed, asked, confirmedAgeMs: nowMs - confirmedAtMs };
}

function heartbeatOf(
  settings: RunContext["settings"],
  { heartbeat }: RunContext["vitals"],
  nowMs: MonotonicMs,
): Pick<UnitSnapshot, "heartbeat" | "heartbeatAgeMs"> {
  if (heartbeat === undefined) {
    const isWatched = "runtime" in settings && settings.runtime !== undefined && settings.unit.observe;
    return { heartbeat: isWatched ? "awaited" : "none", heartbeatAgeMs: undefined };
  }
  const ageMs = nowMs - heartbeat.atMs;
  return { heartbeat: ageMs > heartbeat.lostAfterMs ? "late" : "fresh", heartbeatAgeMs: ageMs };
}
