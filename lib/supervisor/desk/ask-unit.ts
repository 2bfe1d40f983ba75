import type { ReadyProbe } from "../../domain/desk/unit-care.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { Clock } from "../../ports/clock.ts";
import { quietExec } from "../process/quiet-exec.ts";
import type { Runner } from "../unit/runner.ts";
import type { DeskPorts } from "./desk-ports.ts";

/** One question may take this long. */
const withinMs = 5_000;

/** Asks once whether the unit is ready, a bot that runs by a command inside it; settles with why it is not, or with undefined. */
export function askUnit(
  ports: Pick<DeskPorts, "askReady" | "clock">,
  unit: Unit,
  runner: Pick<Runner, "exec"> | undefined,
  way: ReadyProbe["way"],
): Promise<string | undefined> {
  if (way.kind !== "exec" || unit.kind === "collector" || runner === undefined)
    return ports.askReady(unit, way);
  return askInside(runner, way.command, ports.clock);
}

async function askInside(
  runner: Pick<Runner, "exec">,
  command: readonly string[],
  clock: Clock,
): Promise<string | undefined> {
  const late = new AbortController();
  const cancel = clock.after(withinMs, () => late.abort());
  try {
    const end = await runner.exec(quietExec(command, late.signal));
    if (end.kind === "refused") return end.why;
    if (late.signal.aborted) return `${command.join(" ")} did not end within ${withinMs / 1_000} s`;
    return end.code === 0 ? undefined : `${command.join(" ")} ended with ${end.code ?? end.signal}`;
  } finally {
    cancel();
  }
}
