/** Where a launcher of many units stands with one of them. */
export type DeskState =
  /** It starts as soon as the units that it waits for are ready and there is room. */
  | { readonly kind: "queued" }
  | { readonly kind: "starting" }
  /** Its process runs, and has not been seen ready. */
  | { readonly kind: "running" }
  | { readonly kind: "ready" }
  /** It is tried again by itself. */
  | { readonly kind: "waiting"; readonly why: string }
  /** A launcher of another host has it; once that one is gone it starts here. */
  | {
      readonly kind: "standby";
      readonly why: string;
      /** It runs there, and not only tries to. */
      readonly isRunning: boolean;
    }
  /** Another launcher of this host runs it. */
  | { readonly kind: "elsewhere"; readonly why: string }
  /** An operator wants it down. */
  | { readonly kind: "down"; readonly why: string }
  | { readonly kind: "finished"; readonly why: string; readonly exitStatus: number }
  | { readonly kind: "failed"; readonly why: string; readonly exitStatus: number };

/** Whether nothing starts it again but an operator's word. */
export function isOver({ kind }: DeskState): boolean {
  return kind === "finished" || kind === "failed" || kind === "elsewhere";
}

/** Whether a start is under way: few are at a time. */
export function isStarting({ kind }: DeskState): boolean {
  return kind === "starting";
}

/** Whether what starts after it may start. */
export function isReady(state: DeskState | undefined): boolean {
  // A unit that did its work and ended well, such as a migration, has been ready; one that another launcher runs is there. Whether
  // its own probe has found it ready there is not known here.
  return (
    state?.kind === "ready" ||
    state?.kind === "elsewhere" ||
    (state?.kind === "standby" && state.isRunning) ||
    (state?.kind === "finished" && state.exitStatus === 0)
  );
}
