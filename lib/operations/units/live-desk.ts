import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Store } from "../../ports/store/store.ts";
import { type ListOptions, listRuns, type RunRow } from "../runs/list-runs.ts";
import type { Reach } from "./ask-launcher.ts";

/** Every unit as `launch ps` shows it, and what the launchers of this state folder say of theirs beside it. */
export interface LiveDesk {
  readonly rows: readonly RunRow[];
  /** By `unitWord`. */
  readonly snapshots: ReadonlyMap<string, UnitSnapshot>;
}

/** The word by which a command line names a unit, whatever else has its name: `bot:alice`. */
export function unitWord({ kind, unit }: Pick<RunRow, "kind" | "unit">): string {
  return `${kind}:${unit}`;
}

/** Asks the database and the launchers at once; a launcher that says nothing is left out. */
export async function liveDesk(
  store: Store,
  processes: Pick<ProcessTable, "judge">,
  { dialer, near }: Pick<Reach, "dialer" | "near">,
  options: Omit<ListOptions, "scope">,
): Promise<LiveDesk> {
  const [rows, heard] = await Promise.all([
    listRuns(store, processes, { ...options, scope: "units" }),
    near().then((paths) => Promise.all(paths.map((path) => dialer.snapshot(path)))),
  ]);
  const units = heard.flatMap((each) => (each.kind === "answered" ? each.value : []));
  const snapshots = new Map(units.map((each) => [unitWord({ kind: each.kind, unit: each.name }), each]));
  return { rows, snapshots };
}
