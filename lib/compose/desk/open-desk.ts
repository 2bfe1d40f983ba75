import { hostname } from "node:os";
import { askReady } from "../../adapters/unit-probe/ask-ready.ts";
import { plainEnvironment } from "../../config/sources/surroundings.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import { Desk } from "../../supervisor/desk/desk.ts";
import { deskOperators } from "../../supervisor/desk/desk-operators.ts";
import type { DeskPorts } from "../../supervisor/desk/desk-ports.ts";
import { failedEvent } from "../../supervisor/desk/failed-event.ts";
import { openLauncher } from "../open-launcher.ts";
import type { StopRequests } from "../stop-requests.ts";
import type { Workspace } from "../workspace.ts";
import { carePorts } from "./care-alone.ts";

/** What differs from one desk of this host to another. */
export interface DeskWiring {
  readonly stops: StopRequests;
  readonly mayBeMoved: boolean;
  /** How many starts may be under way at once. */
  readonly mostStarts: number;
  readonly own: Pick<
    DeskPorts,
    "output" | "onFirst" | "onReady" | "onSettled" | "onStopping" | "endedBy" | "engine"
  > & {
    /** Settles before each start of a unit, with the proxy that it has under another launcher until now. */
    readonly beforeStart?: (unit: Unit) => Promise<ProxyId | undefined>;
  };
}

/** Opens a desk on a launcher of this host, which answers operators for it and ends it on request; closes it after the work. */
export async function openDesk<T>(
  workspace: Workspace,
  { stops, mayBeMoved, mostStarts, own }: DeskWiring,
  work: (desk: Desk) => Promise<T>,
): Promise<T> {
  const launcher = openLauncher(workspace, mayBeMoved);
  const { beforeStart, ...ports } = own;
  const store = await workspace.openStore();
  const desk = new Desk(
    {
      ...ports,
      ...carePorts(workspace),
      askReady: (unit, way) =>
        way.kind === "log"
          ? Promise.resolve(undefined)
          : askReady(way, { cwd: unit.cwd, env: { ...plainEnvironment(), ...unit.env } }),
      store,
      recordFailed: async (unit, ending) => {
        const account = unit.kind === "bot" ? await store.accounts.find(unit.name) : undefined;
        const at = { accountId: account?.id, host: hostname(), now: workspace.clock.now() };
        await store.history.append(failedEvent(unit, ending, at));
      },
      reservations: {
        take: async (...given) => await (await launcher.opened()).reservations.take(...given),
        giveBack: async (runId) => await (await launcher.opened()).reservations.giveBack(runId),
      },
      tellIdle: async (idle) => await (await launcher.opened()).tellIdle(idle),
      start: async (unit, hooks, reserved) => {
        const cameFrom = await beforeStart?.(unit);
        return await launcher.start(unit, { ...hooks, cameFrom }, reserved);
      },
      isHeldHere: async (key) => await isHeldHere(workspace, key),
    },
    mostStarts,
  );
  const stop = ({ target }: { readonly target: unknown }): void => {
    desk.stop(String((target as AbortSignal).reason).replace(/^SIG/, ""));
  };
  const signals = [stops.graceful, stops.now];
  for (const signal of signals) signal.addEventListener("abort", stop, { once: true });
  try {
    const runs = await launcher.opened();
    await runs.answerBy(deskOperators(desk, runs));
    const over = work(desk);
    if (stops.graceful.aborted) stop({ target: stops.graceful });
    return await over;
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", stop);
    await launcher.close();
  }
}

async function isHeldHere(workspace: Workspace, key: UnitKey | undefined): Promise<boolean> {
  if (key === undefined) return false;
  const live = await (await workspace.openStore()).runs.live();
  return live.some(
    ({ lease, launcher }) =>
      lease?.unitKey === key && launcher !== undefined && workspace.processes.judge(launcher) === "alive",
  );
}
