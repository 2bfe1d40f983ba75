import type { Clock } from "../../ports/clock.ts";
import type { ChildProcessHandle, ProcessEnd } from "../../ports/spawner.ts";
import type { Greeting } from "./greeting.ts";

export type HookName = "pre_switch" | "on_lost";

/** A command that runs as a process of the unit for a moment. */
export interface Hook {
  readonly name: HookName;
  readonly command: readonly string[];
  /** Why it runs, for its own messages. */
  readonly why: string;
  readonly withinMs: number;
}

/** How it went; `late` was killed for its time. */
export type HookEnd =
  | ({ readonly kind: "ended" } & ProcessEnd)
  | { readonly kind: "late" }
  | { readonly kind: "not-greeted"; readonly reason: string };

/** Waits until the hook's process is over; one that takes too long, may not run or is given up is killed. Rejects only when given up. */
export async function hookEnd(
  handle: ChildProcessHandle,
  hook: Hook,
  {
    clock,
    greeting,
    signal,
  }: {
    readonly clock: Clock;
    /** Settles once its preload has said hello; undefined in a tier without one. */
    readonly greeting: Promise<Greeting> | undefined;
    readonly signal: AbortSignal;
  },
): Promise<HookEnd> {
  const end = await new Promise<HookEnd>((resolve) => {
    const cancel = clock.after(hook.withinMs, () => resolve({ kind: "late" }));
    const giveUp = (): void => resolve({ kind: "late" });
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    void greeting?.then((greeted) => {
      if (greeted.type === "not-greeted") resolve({ kind: "not-greeted", reason: greeted.reason });
    });
    void handle.ended.then((ended) => resolve({ kind: "ended", ...ended }));
    void handle.ended.finally(() => {
      cancel();
      signal.removeEventListener("abort", giveUp);
    });
  });
  if (end.kind !== "ended") await handle.kill();
  signal.throwIfAborted();
  return end;
}
