import type { UnitSnapshot } from "../../domain/run/unit-snapshot.ts";
import type { RunRow } from "../../operations/runs/list-runs.ts";
import { type LiveDesk, unitWord } from "../../operations/units/live-desk.ts";

/** What the keys of `launch top` do to a unit. */
export type TopVerb = "stop" | "start" | "restart" | "rotate";

/** What is opened over the table. */
export type PaneKind = "logs" | "why" | "status" | "keys";

/** A text over the table. */
export interface Pane {
  readonly kind: PaneKind;
  readonly title: string;
  readonly text: string;
  /** The first line that is shown; `end` stays at what is written last. */
  readonly from: number | "end";
}

/** All that the screen shows; what follows from a key is decided on this alone. */
export interface TopState {
  readonly rows: readonly RunRow[];
  readonly snapshots: ReadonlyMap<string, UnitSnapshot>;
  /** The unit under the mark, as `unitWord` names it: it stays under it when others come and go. */
  readonly chosen: string | undefined;
  /** What waits for a yes. */
  readonly question: { readonly verb: TopVerb; readonly row: RunRow } | undefined;
  readonly message: string;
  /** Why what is shown may be old. */
  readonly trouble: string | undefined;
  readonly pane: Pane | undefined;
}

/** Before anything is known. */
export const firstState: TopState = {
  rows: [],
  snapshots: new Map(),
  chosen: undefined,
  question: undefined,
  message: "",
  trouble: undefined,
  pane: undefined,
};

/** The state with what was read just now. */
export function withDesk(state: TopState, { rows, snapshots }: LiveDesk): TopState {
  const isThere = rows.some((row) => unitWord(row) === state.chosen);
  const [first] = rows;
  const place = Math.max(0, Math.min(placeOf(state), rows.length - 1));
  const next = rows[place] ?? first;
  const chosen = isThere ? state.chosen : next && unitWord(next);
  return { ...state, rows, snapshots, chosen, trouble: undefined };
}

/** The row under the mark. */
export function chosenRow({ rows, chosen }: TopState): RunRow | undefined {
  return rows.find((row) => unitWord(row) === chosen);
}

/** Its number in the table; -1 when there is none. */
export function placeOf({ rows, chosen }: Pick<TopState, "rows" | "chosen">): number {
  return rows.findIndex((row) => unitWord(row) === chosen);
}
