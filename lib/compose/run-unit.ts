import { passThrough } from "../adapters/spawner/pass-through.ts";
import { careFor } from "../config/load/units.ts";
import type { Unit } from "../domain/run/unit.ts";
import type { Ending } from "../policy/machine/state.ts";
import { openLauncher } from "./open-launcher.ts";
import type { StopRequests } from "./stop-requests.ts";
import type { Workspace } from "./workspace.ts";

export type { Ending } from "../policy/machine/state.ts";

/** What the command line chose for this run alone. */
export interface RunChoices {
  /** The database may be one whose facts were moved to another. */
  readonly mayBeMoved: boolean;
  /** A program of the host starts it, and an operator's stop ends the launcher or has it wait; undefined: a person does. */
  readonly managed: "exit" | "wait" | undefined;
}

/** Runs one bot or collector in the foreground until it is over: a launcher of one. */
export async function runUnit(
  workspace: Workspace,
  unit: Unit,
  stops: StopRequests,
  { mayBeMoved, managed }: RunChoices,
): Promise<Ending> {
  if (managed !== undefined) {
    const { keepManaged } = await import("./desk/keep-managed.ts");
    return await keepManaged(workspace, unit, { stops, mayBeMoved, onStopped: managed });
  }
  const launcher = openLauncher(workspace, mayBeMoved);
  const stop = ({ target }: { readonly target: unknown }): void => {
    launcher.stop(String((target as AbortSignal).reason).replace(/^SIG/, ""));
  };
  for (const signal of [stops.graceful, stops.now]) signal.addEventListener("abort", stop, { once: true });
  let endOfCare: Promise<() => void> | undefined;
  try {
    const runner = await launcher.start(unit, { output: passThrough(process), onReady: tellEngineReady });
    // Not loaded by a start before its bot is on its way.
    void import("./operators/obey-wish.ts").then(({ wantUp }) => wantUp(workspace, unit));
    const care = careFor(workspace.config, unit);
    const isCaredFor = [care.ready, unit.memoryLimitBytes, care.restartAt].some((each) => each !== undefined);
    if (isCaredFor)
      endOfCare = import("./desk/care-alone.ts").then(({ careAlone }) =>
        careAlone(workspace, { unit, care }, runner),
      );
    if (stops.graceful.aborted) stop({ target: stops.graceful });
    return await runner.ended;
  } finally {
    // Its clock would keep a launcher alive whose run came to a fault.
    void endOfCare?.then((end) => end());
    for (const signal of [stops.graceful, stops.now]) signal.removeEventListener("abort", stop);
    await launcher.close();
  }
}

/** pm2's `wait_ready` listens on the IPC channel; without one nobody asked. */
function tellEngineReady(): void {
  process.send?.("ready");
}
