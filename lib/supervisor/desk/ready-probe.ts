import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import { readOf } from "../../policy/verdict/output/may-tell.ts";
import type { Clock } from "../../ports/clock.ts";
import type { OutputSink } from "../../ports/spawner.ts";
import { tapOutput } from "../evidence/output-tap.ts";
import { pause } from "../lease/take-lease.ts";

/** How often a unit is asked whether it is ready, and how often once it was told that it is not. */
const askEveryMs = 500;
const askLateEveryMs = 10_000;

/** A probe that belongs to one run of a unit. */
export interface RunProbe {
  readonly output: OutputSink;
  /** Settles once the unit is ready or gone; why it is not is told once, when its time is over, and it is asked on. */
  judge(gone: AbortSignal, tellProblem: (problem: string) => void): Promise<void>;
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
              // Programs colour what they print, also what a pattern expects at the line's begin.
              hasLine ||= expression.test(line) || expression.test(readOf(line));
            },
          }),
    async judge(gone, tellProblem) {
      const endAt = clock.monotonicMs() + withinMs;
      let isTold = false;
      for (;;) {
        const problem = await notYet();
        if (problem === undefined || gone.aborted) return;
        if (!isTold && clock.monotonicMs() >= endAt) {
          isTold = true;
          tellProblem(`${problem}, for ${Math.round(withinMs / 1_000)} s`);
        }
        await pause(clock, isTold ? askLateEveryMs : askEveryMs, gone).catch(() => undefined);
      }
    },
  };
}
