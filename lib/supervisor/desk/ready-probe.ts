import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import { tapOutput } from "../evidence/output-tap.ts";

/** How often a unit is asked whether it is ready. */
const askEveryMs = 500;

/** A probe that belongs to one run of a unit. */
export interface RunProbe {
  readonly output: OutputSink;
  /** Settles with why the unit is not ready, or with undefined once it is. */
  judge(gone: AbortSignal): Promise<string | undefined>;
}

/** Makes the probe before the run begins, since a line may come early; `ask` tells of the other ways why it is not ready yet. */
export function runProbe(
  { way, withinMs }: ReadyProbe,
  output: OutputSink,
  { clock, ask }: { readonly clock: Clock; readonly ask: () => Promise<string | undefined> },
): RunProbe {
  const expression = way.kind === "log" ? new RegExp(way.pattern) : undefined;
  let hasLine = false;
  const notYet = (): Promise<string | undefined> =>
    expression === undefined
      ? ask()
      : Promise.resolve(hasLine ? undefined : `no line of it fits ${JSON.stringify(expression.source)}`);
  return {
    output:
      expression === undefined
        ? output
        : tapOutput(output, {
            mayTell: () => !hasLine,
            hear: (line) => {
              hasLine ||= expression.test(line);
            },
          }),
    async judge(gone) {
      const endAt = clock.monotonicMs() + withinMs;
      for (;;) {
        const problem = await notYet();
        if (problem === undefined || gone.aborted) return problem;
        if (clock.monotonicMs() >= endAt) return `${problem}, for ${Math.round(withinMs / 1_000)} s`;
        await new Promise<void>((resolve) => clock.after(askEveryMs, resolve));
      }
    },
  };
}
