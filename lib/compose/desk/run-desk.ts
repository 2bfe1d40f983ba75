import { availableParallelism } from "node:os";
import {
  readUpEnd,
  readUpRecord,
  removeUpRecord,
  type UpRecord,
  upFile,
  writeUpRecord,
} from "../../adapters/host-files/up-file.ts";
import { prefixedOutput } from "../../adapters/spawner/prefixed-output.ts";
import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import type { UnitDifference } from "../../policy/desk/difference.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import type { Desk } from "../../supervisor/desk/desk.ts";
import type { SettledUnit, StopProgress } from "../../supervisor/desk/desk-ports.ts";
import type { StopRequests } from "../stop-requests.ts";
import type { Workspace } from "../workspace.ts";
import { type DeskWiring, openDesk } from "./open-desk.ts";
import type { Replacing } from "./replace.ts";

export type { UnitDifference } from "../../policy/desk/difference.ts";
export type { SettledUnit, StopProgress } from "../../supervisor/desk/desk-ports.ts";

/** How a launcher of many units is run. */
export interface DeskOptions {
  readonly stops: StopRequests;
  readonly mayBeMoved: boolean;
  /** Where units are shown, and what stands before a line of each; undefined shows nothing but their logs. */
  readonly shown: { readonly to: OutputSink; prefixOf(word: string): string } | undefined;
  /** The launcher whose units are taken over, one at a time. */
  readonly replacing: Replacing | undefined;
  /** Called with a way to read launch.yaml again, for whoever is asked to. */
  onReloadable(reload: (declared: readonly DeclaredUnit[]) => Promise<UnitDifference>): void;
  /** Called once every unit has had its first chance. */
  onSettled(units: readonly SettledUnit[]): void;
  /** Called while all units end. */
  onStopping(progress: StopProgress): void;
}

/** Keeps the units until none is left to run, or the operator ends it; gives back the status. */
export async function runDesk(
  workspace: Workspace,
  declared: readonly DeclaredUnit[],
  options: DeskOptions,
): Promise<number> {
  const { stops, mayBeMoved, replacing, shown } = options;
  let desk: Desk | undefined;
  const own: DeskWiring["own"] = {
    beforeStart: async (unit) => await replacing?.takeOver(unit),
    output: (_unit, word) => shownBy(shown, word),
    onFirst: (unit) => {
      if (replacing?.hasFailed(unit) === true) desk?.stop("TERM");
    },
    onSettled: (units) => options.onSettled(units),
    onStopping: (progress) => options.onStopping(progress),
    endedBy: () => readUpEnd(upFile(workspace.config.stateFolder), workspace.processes.self()),
  };
  const mostStarts = replacing === undefined ? availableParallelism() * 2 : 1;
  return await openDesk(workspace, { stops, mayBeMoved, mostStarts, own }, async (opened) => {
    desk = opened;
    options.onReloadable((units) => opened.reload(units));
    return await opened.run(declared);
  });
}

/** The launcher's own record for the commands of this host, kept until it ends. */
export function keepUpRecord(
  workspace: Workspace,
  units: readonly DeclaredUnit[],
): {
  update(change: Partial<Pick<UpRecord, "settled" | "reloads">>): Promise<void>;
  /** Adds how far the end has come, where the record is this launcher's: during an upgrade it is the old one's until all is taken over. */
  stopping(progress: StopProgress): void;
  /** Takes it away, once nothing more is being written there. */
  remove(): Promise<void>;
} {
  const path = upFile(workspace.config.stateFolder);
  let record: UpRecord = {
    process: workspace.processes.self(),
    longestGraceMs: Math.max(...units.map(({ unit }) => unit.stop.graceMs)),
    settled: undefined,
    reloads: { count: 0, text: [], isRefused: false },
    stopping: undefined,
  };
  let isStale = false;
  let isRemoved = false;
  let writing: Promise<void> | undefined;
  // One after the other, and of many changes at once only the newest.
  const write = async () => {
    while (isStale && !isRemoved) {
      isStale = false;
      await writeUpRecord(path, record);
    }
    writing = undefined;
  };
  const update = async (change: Partial<UpRecord>) => {
    record = { ...record, ...change };
    isStale = true;
    writing ??= write().catch((error: unknown) => {
      writing = undefined;
      throw error;
    });
    await writing;
  };
  return {
    update,
    stopping({ stopped, of }) {
      // Whoever waits for the end sees it without.
      if (readUpRecord(path)?.process.pid === record.process.pid)
        update({ stopping: { stopped, of } }).catch(() => {});
    },
    async remove() {
      isRemoved = true;
      await writing?.catch(() => {});
      removeUpRecord(path, record.process.pid);
    },
  };
}

function shownBy(shown: DeskOptions["shown"], word: string): OutputSink & { end(): void } {
  if (shown !== undefined) return prefixedOutput(shown.to, shown.prefixOf(word));
  const nothing = { write: () => true, drained: () => Promise.resolve() };
  return { stdout: nothing, stderr: nothing, end: () => {} };
}
