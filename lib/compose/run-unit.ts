import { passThrough } from "../adapters/spawner/pass-through.ts";
import type { Unit } from "../domain/run/unit.ts";
import type { Ending } from "../policy/machine/state.ts";
import { openLauncher } from "./open-launcher.ts";
import type { Workspace } from "./workspace.ts";

export type { Ending } from "../policy/machine/state.ts";

/** How the operator asks a run to end: once gracefully, twice now; the reason of each is the signal's name. */
export interface StopRequests {
  readonly graceful: AbortSignal;
  readonly now: AbortSignal;
}

/** What the command line chose for this run alone. */
export interface RunChoices {
  /** The database may be one whose facts were moved to another. */
  readonly mayBeMoved: boolean;
  /** A program of the host starts it: what an operator stopped stays stopped. */
  readonly isManaged: boolean;
}

/** Runs one bot or collector in the foreground until it is over: a launcher of one. */
export async function runUnit(
  workspace: Workspace,
  unit: Unit,
  stops: StopRequests,
  { mayBeMoved, isManaged }: RunChoices,
): Promise<Ending> {
  // Not loaded by a start by hand before its bot is on its way.
  const wishes = () => import("./operators/obey-wish.ts");
  const stopped = isManaged ? await (await wishes()).whoStopped(workspace, unit) : undefined;
  if (stopped !== undefined) return { exitStatus: 0, by: "bot", reason: stopped };
  const launcher = openLauncher(workspace, mayBeMoved);
  const stop = ({ target }: { readonly target: unknown }): void => {
    launcher.stop(String((target as AbortSignal).reason).replace(/^SIG/, ""));
  };
  for (const signal of [stops.graceful, stops.now]) signal.addEventListener("abort", stop, { once: true });
  try {
    const runner = await launcher.start(unit, { output: passThrough(process), onReady: tellEngineReady });
    if (!isManaged) void wishes().then(({ wantUp }) => wantUp(workspace, unit));
    if (stops.graceful.aborted) stop({ target: stops.graceful });
    return await runner.ended;
  } finally {
    for (const signal of [stops.graceful, stops.now]) signal.removeEventListener("abort", stop);
    await launcher.close();
  }
}

/** pm2's `wait_ready` listens on the IPC channel; without one nobody asked. */
function tellEngineReady(): void {
  process.send?.("ready");
}
