import type { RunRow } from "../../operations/runs/list-runs.ts";
import { unitWord } from "../../operations/units/live-desk.ts";
import { chosenRow, type Pane, type PaneKind, placeOf, type TopState, type TopVerb } from "./state.ts";

/** A key as node:readline names it. */
export interface Key {
  readonly name: string;
  readonly ctrl: boolean;
}

/** How much of what is shown fits. */
export interface Extent {
  readonly tableRows: number;
  readonly paneRows: number;
  /** Lines of the open pane at the present width. */
  readonly paneLines: number;
}

/** What a key asks for beside another look at what is known. */
export type TopWish =
  | { readonly kind: "leave" | "suspend" | "repaint" | "refresh" }
  | { readonly kind: "do"; readonly verb: TopVerb; readonly row: RunRow }
  | { readonly kind: "open"; readonly pane: PaneKind; readonly row: RunRow | undefined };

/** The state after a key, and what is to be done. */
export interface Pressed {
  readonly state: TopState;
  readonly wish?: TopWish;
}

/** What the screen says of its keys. */
export const keyHelp = [
  "↑ ↓ j k       choose a bot or collector",
  "PgUp PgDn g G a page, the first, the last",
  "s             stop it; it then stays stopped",
  "u             start it",
  "r             restart it on the same exit",
  "x             rotate: move it to its next exit",
  "l             its log, as it is written",
  "w             why it stands where it stands",
  "Enter         all that is known of it",
  "Ctrl-L        draw everything anew",
  "Ctrl-Z        suspend this screen",
  "q Ctrl-C      leave; the bots go on",
] as const;

const verbs: Readonly<Record<string, TopVerb>> = { s: "stop", u: "start", r: "restart", x: "rotate" };
const panes: Readonly<Record<string, PaneKind>> = { l: "logs", w: "why", return: "status", "?": "keys" };

/** Decides what a key means: an answer, a move in what is open, or something for the unit under the mark. */
export function pressed(state: TopState, key: Key, extent: Extent): Pressed {
  if (key.ctrl && (key.name === "c" || key.name === "d")) return { state, wish: { kind: "leave" } };
  if (key.ctrl && key.name === "z") return { state, wish: { kind: "suspend" } };
  if (key.ctrl && key.name === "l") return { state, wish: { kind: "repaint" } };
  if (key.ctrl) return { state };
  if (state.question !== undefined) return answered(state, key);
  if (state.pane !== undefined) return inPane({ ...state, pane: state.pane }, key, extent);
  const moved = moveOf(key, extent.tableRows, placeOf(state), state.rows.length - 1);
  if (moved !== undefined) return { state: choose(state, moved) };
  if (key.name === "q") return { state, wish: { kind: "leave" } };
  return forUnit(state, key);
}

function forUnit(state: TopState, { name }: Key): Pressed {
  const pane = panes[name];
  const verb = verbs[name];
  const row = chosenRow(state);
  if (pane === "keys") return { state, wish: { kind: "open", pane, row: undefined } };
  if (row === undefined || (pane === undefined && verb === undefined)) return { state };
  if (pane !== undefined) return { state, wish: { kind: "open", pane, row } };
  if (verb === undefined || verb === "start")
    return { state: { ...state, message: "" }, wish: { kind: "do", verb: "start", row } };
  if (verb === "rotate" && row.kind === "collector")
    return { state: { ...state, message: `${row.unit}: A collector connects directly and has no exit.` } };
  return { state: { ...state, message: "", question: { verb, row } } };
}

// As at every other question: only a yes does it.
function answered(state: TopState, { name }: Key): Pressed {
  const { question } = state;
  if (question === undefined) return { state };
  const settled = { ...state, question: undefined };
  return name === "y"
    ? { state: settled, wish: { kind: "do", ...question } }
    : { state: { ...settled, message: "Nothing was done." } };
}

function inPane(state: TopState & { readonly pane: Pane }, key: Key, extent: Extent): Pressed {
  const { pane } = state;
  if (key.name === "q" || key.name === "escape" || key.name === "backspace" || panes[key.name] === pane.kind)
    return { state: { ...state, pane: undefined }, wish: { kind: "refresh" } };
  const last = Math.max(0, extent.paneLines - extent.paneRows);
  const from = pane.from === "end" ? last : Math.min(pane.from, last);
  const moved = moveOf(key, extent.paneRows, from, last);
  if (moved === undefined) return { state };
  const isAtEnd = pane.kind === "logs" && moved >= last;
  return { state: { ...state, pane: { ...pane, from: isAtEnd ? "end" : moved } } };
}

// Where a key moves to from a place, in steps of one, of a page, or to an end.
function moveOf({ name }: Key, page: number, from: number, last: number): number | undefined {
  const to = (place: number) => Math.max(0, Math.min(place, last));
  switch (name) {
    case "up":
    case "k":
      return to(from - 1);
    case "down":
    case "j":
      return to(from + 1);
    case "pageup":
    case "b":
      return to(from - page);
    case "pagedown":
    case "space":
    case "f":
      return to(from + page);
    case "home":
    case "g":
      return to(0);
    case "end":
    case "G":
      return to(last);
    default:
      return undefined;
  }
}

function choose(state: TopState, place: number): TopState {
  const row = state.rows[place];
  return row === undefined ? state : { ...state, chosen: unitWord(row), message: "" };
}
