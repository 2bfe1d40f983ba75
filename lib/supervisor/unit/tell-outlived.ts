import { type KilledProcess, nameKilled } from "../../domain/text/killed-processes.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { RunContext } from "./context.ts";

/** Says what had to be killed of a run, and writes it into its history. */
export function tellOutlived(
  { say, recorder }: Pick<RunContext, "say" | "recorder">,
  killed: readonly KilledProcess[],
  whose: string,
): void {
  if (killed.length === 0) return;
  const message = `killed what ${whose}: ${nameKilled(killed)}`;
  say("warning", message);
  recorder.record({ kind: "process.outlived", severity: "warning", message, evidence: { killed } });
}

/** A spawner that tells what a dead launcher left of a run when it has been killed. */
export function tellingOfLeft(
  context: Pick<RunContext, "say" | "recorder" | "ports">,
): Pick<Spawner, "killSurvivors"> {
  return {
    async killSurvivors(runId) {
      const killed = await context.ports.spawner.killSurvivors(runId);
      tellOutlived(context, killed, "outlived its last launcher");
      return killed;
    },
  };
}
