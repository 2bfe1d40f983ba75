import type { LauncherId } from "../../domain/ids.ts";
import type { Run, RunChange, RunPhase } from "../../domain/run/run.ts";
import type { RunnerSettings } from "../../domain/run/run-settings.ts";
import { botKey, collectorKey } from "../../domain/run/unit-key.ts";
import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import { type Instant, instant } from "../../domain/time.ts";
import { type BotState, isLost, type LossCause } from "../../policy/machine/state.ts";
import type { RestartReason } from "../../policy/restart.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LauncherPorts } from "./ports.ts";
import type { RunRecorder } from "./recorder.ts";

/** The run's row as it begins. */
export function beginningRun(ports: LauncherPorts, settings: RunnerSettings, launcherId: LauncherId): Run {
  const { tier, bypass } = beginningUnit(settings);
  return {
    id: settings.runId,
    unit:
      "accountId" in settings
        ? { kind: "bot", accountId: settings.accountId, name: settings.unit.name }
        : { kind: "collector", name: settings.unit.name },
    launcherId,
    launcher: ports.processes.self(),
    launcherVersion: settings.launcherVersion,
    startedAt: ports.clock.now(),
    phase: "starting",
    reason: undefined,
    waitsUntil: undefined,
    tier,
    ...noExit,
    ...noProcess,
    restarts: 0,
    lastRestartReason: undefined,
    lastRestartCause: undefined,
    heartbeatAt: undefined,
    bypass,
    endedAt: undefined,
    endedBy: undefined,
    exitCode: undefined,
  };
}

/** What of a run is fixed before anything of it happens. */
export function beginningUnit(
  settings: RunnerSettings,
): Pick<UnitSnapshot, "unitKey" | "kind" | "name" | "tier" | "bypass"> {
  const { kind, name } = settings.unit;
  if (!("accountId" in settings))
    return { unitKey: collectorKey(name), kind, name, tier: "direct", bypass: [] };
  const { accountId, tier, unit } = settings;
  return { unitKey: botKey(accountId), kind, name, tier, bypass: [...unit.local, ...unit.publish] };
}

/** Lets the row follow the phases that the machine enters, and what it says anew while it holds. */
export function followPhases(recorder: RunRecorder, clock: Clock): (state: BotState) => void {
  let last: RestartFacts | undefined;
  let noted: string | undefined;
  return (state) => {
    last = restartFacts(state) ?? last;
    if (state.phase === "backing_off") {
      const message = `It starts again: ${state.reason}`;
      const evidence = { cause: state.cause };
      recorder.record({ kind: "unit.restarting", severity: "warning", message, evidence });
    }
    const phase = shownPhase(state);
    // The end has a statement of its own, with who ended it.
    if (phase === "ended") return;
    const { restarts } = state;
    const waitsUntil = shownWait(state, clock);
    const reason = shownReason(state);
    const shown = { phase, reason, waitsUntil, restarts, ...last };
    // Several states of the machine show as one phase: what is written for nothing keeps a start waiting.
    const text = JSON.stringify(shown);
    if (text !== noted) recorder.note({ ...shown, ...goneIn(phase) });
    noted = text;
  };
}

function shownWait(state: BotState, clock: Clock): Instant | undefined {
  if (state.phase !== "holding" || state.untilMs === undefined) return undefined;
  return instant(clock.now() + state.untilMs - clock.monotonicMs());
}

type RestartFacts = Pick<Run, "lastRestartReason" | "lastRestartCause">;

function restartFacts(state: BotState): RestartFacts | undefined {
  if (state.phase === "backing_off")
    return { lastRestartReason: state.reason, lastRestartCause: state.cause };
  const loss = state.phase === "stopping" && state.next.kind === "choose" ? state.next.loss : undefined;
  return loss && { lastRestartReason: loss.reason, lastRestartCause: causeOf(loss.cause) };
}

function causeOf(cause: LossCause): RestartReason {
  if (isLost(cause)) return "identity";
  return ["operator", "demoted", "edited", "held"].includes(cause) ? "operator" : "switch";
}

/** What the row no longer has in this phase: its process while the bot waits for a restart, its exit as well while it holds. */
export function goneIn(phase: RunPhase): RunChange {
  if (phase === "holding") return { ...noExit, ...noProcess };
  return phase === "backing_off" ? noProcess : {};
}

const noExit = {
  proxyId: undefined,
  proxyLabel: undefined,
  assignmentId: undefined,
  exitIp: undefined,
  secondExitIp: undefined,
  exitReach: undefined,
  exitProvenAt: undefined,
  country: undefined,
} as const satisfies RunChange;

const noProcess = {
  pid: undefined,
  pidStartTicks: undefined,
  processStartedAt: undefined,
} as const satisfies RunChange;

/** The phase that the row and `ps` show for where the machine is. */
export function shownPhase(state: BotState): RunPhase {
  switch (state.phase) {
    case "idle":
    case "leasing":
    case "spawning":
    case "greeting":
      return "starting";
    case "leaving":
    case "recovering":
      return "switching";
    case "choosing":
    case "proving":
    case "claiming":
      return state.hasRun ? "switching" : "proving";
    case "running":
    case "preparing":
    case "verifying":
      return "running";
    case "stopping":
      return state.next.kind === "choose" ? "switching" : "stopping";
    case "backing_off":
      return "backing_off";
    case "holding":
      return "holding";
    case "ended":
      return "ended";
    default:
      return state satisfies never;
  }
}

/** Why it is there, where the state knows. */
export function shownReason(state: BotState): string | undefined {
  if (state.phase === "verifying") return `verifying its exit (${state.suspicion})`;
  if (state.phase === "preparing") return `looks for another exit: ${state.want.reason}`;
  if (state.phase === "leaving") return state.want.reason;
  if (state.phase === "backing_off" || state.phase === "holding") return state.reason;
  if (state.phase === "stopping" && state.next.kind === "choose") return state.next.loss?.reason;
  return undefined;
}
