import { passThrough } from "../../adapters/spawner/pass-through.ts";
import { careFor } from "../../config/load/units.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { Ending } from "../../policy/machine/state.ts";
import { type EngineNotice, engineNotice } from "../engines/engine-notice.ts";
import { whoStopped } from "../operators/obey-wish.ts";
import type { StopRequests } from "../stop-requests.ts";
import type { Workspace } from "../workspace.ts";
import { type DeskWiring, openDesk } from "./open-desk.ts";

/** How a program of the host has one unit run. */
export interface ManagedChoices {
  readonly stops: StopRequests;
  readonly mayBeMoved: boolean;
  /** What an operator's stop means: the launcher ends, or waits without a lease until the unit is wanted up. */
  readonly onStopped: "exit" | "wait";
}

/**
 * Keeps one bot or collector for pm2, systemd or another such program: obeys what operators want of it, waits out a crash loop
 * by itself, and ends with everything else, so that its status says what to do.
 */
export async function keepManaged(
  workspace: Workspace,
  unit: Unit,
  { stops, mayBeMoved, onStopped }: ManagedChoices,
): Promise<Ending> {
  const notice = engineNotice(workspace, stops.graceful);
  try {
    const stopped = await whoStopped(workspace, unit);
    if (stopped !== undefined && onStopped === "exit") {
      // For systemd an end before that is a failure, and it would start the unit again.
      notice.ready(stopped);
      return { exitStatus: 0, by: "bot", reason: stopped };
    }
    if (stopped !== undefined)
      workspace.journal.say({ level: "info", unit: undefined, text: `${stopped} Until then it waits.` });
    const own = deskFor(unit, onStopped, notice);
    return await openDesk(workspace, { stops, mayBeMoved, mostStarts: 1, own }, async (desk) => {
      // What it waits for is not of this launcher: whoever starts that one orders the two.
      await desk.run([{ unit, care: { ...careFor(workspace.config, unit), after: [] } }]);
      const [kept] = desk.units;
      const why = kept !== undefined && "why" in kept.state ? kept.state.why : "it is over";
      return kept?.ending ?? { exitStatus: 0, by: "launcher", reason: why };
    });
  } finally {
    await notice.close();
  }
}

function deskFor({ name }: Unit, onStopped: "exit" | "wait", notice: EngineNotice): DeskWiring["own"] {
  return {
    engine: { onStopped },
    output: () => ({ ...passThrough(process), end: () => {} }),
    onFirst: () => {},
    onReady: () => notice.ready(`${name} runs`),
    onSettled: ([only]) => {
      const state = only?.state;
      if (state?.kind === "down" || state?.kind === "waiting") notice.ready(`${name}: ${state.why}`);
    },
  };
}
