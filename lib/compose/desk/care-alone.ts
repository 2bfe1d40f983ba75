import { RunMemory } from "../../adapters/process-table/tree-memory.ts";
import { runGroups } from "../../adapters/spawner/run-groups.ts";
import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import { type CarePorts, CareWatch } from "../../supervisor/desk/care-watch.ts";
import type { Runner } from "../../supervisor/unit/runner.ts";
import type { Workspace } from "../workspace.ts";

/** As often as a desk looks at its units. */
const lookEveryMs = 4_000;

/** What caring for units needs of this host. */
export function carePorts({ clock, random, journal }: Workspace): CarePorts {
  const [memory, groups] = [new RunMemory(), runGroups()];
  return {
    clock,
    random,
    journal,
    memoryOf: (runs) =>
      memory.of(runs.map((run) => ({ ...run, group: groups.own(run.runId)?.pids() ?? [] }))),
    minuteOfDay: () => new Date(clock.now()).getHours() * 60 + new Date(clock.now()).getMinutes(),
  };
}

/** Keeps the memory limit and the daily restart of a unit that no desk keeps; ends when it is called. */
export function careAlone(workspace: Workspace, declared: DeclaredUnit, runner: Runner): () => void {
  const watch = new CareWatch(carePorts(workspace));
  const { name } = declared.unit;
  const { ready } = declared.care;
  const unit = { word: name, declared, runner, restart: runner.restart.bind(runner) };
  if (ready !== undefined)
    workspace.journal.say({
      level: "info",
      unit: name,
      text: "`ready` of launch.yaml tells nobody here: it counts under launch up and with --managed",
    });
  let cancel = () => {};
  const again = (): void => {
    cancel = workspace.clock.after(lookEveryMs, () => {
      watch.look([unit]);
      again();
    });
  };
  again();
  return () => cancel();
}
