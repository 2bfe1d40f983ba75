/**
 * What the watch of a launcher becomes when that has died: kills what is left of its runs, says what that was, and writes it down for the
 * next launcher. Arguments: the folder of what is written down, the pid of the dead launcher, the ids of its runs.
 */
import { writeLeft } from "../../adapters/host-files/left-processes.ts";
import { peopleJournal } from "../../adapters/journal/journals.ts";
import { createProcessTable } from "../../adapters/process-table/process-table.ts";
import { createSpawner } from "../../adapters/spawner/spawner.ts";
import type { RunId } from "../../domain/ids.ts";
import { nameKilled } from "../../domain/text/killed-processes.ts";

const [folder = "", pidText = "", ...runs] = process.argv.slice(2);
const launcherPid = Number(pidText);

/** The next look comes this long after the last. */
const lookAgainMs = 500;

const asIs = (text: string): string => text;
const journal = peopleJournal({
  isQuiet: false,
  paint: { warn: asIs, bad: asIs, bold: asIs },
  // The terminal may be gone with the launcher.
  write: (line) => void process.stderr.write(`${line}\n`),
});
process.stderr.on("error", () => {});

const spawner = createSpawner({ processTable: createProcessTable() });
const left = new Map<RunId, Awaited<ReturnType<typeof spawner.killSurvivors>>>();
await killLeft();
// The next launcher may start at once.
write();
// A process that was on its way into its run when the launcher died has its environment by now.
await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
await killLeft();
write();

function write(): void {
  const killed = [...left].flatMap(([runId, processes]) =>
    processes.length === 0 ? [] : [{ runId, launcherPid, killed: processes }],
  );
  left.clear();
  if (killed.length === 0) return;
  const names = nameKilled(killed.flatMap(({ killed: processes }) => processes));
  const text = `the launcher (pid ${launcherPid}) is gone; killed what was left of its runs: ${names}`;
  journal.say({ level: "warning", unit: undefined, text });
  writeLeft(folder, killed);
}

async function killLeft(): Promise<void> {
  for (const run of runs as RunId[]) {
    try {
      left.set(run, [...(left.get(run) ?? []), ...(await spawner.killSurvivors(run))]);
    } catch (error) {
      // The next launcher of the unit tries again, and refuses to start it beside them.
      const why = error instanceof Error ? error.message : String(error);
      journal.say({ level: "error", unit: undefined, text: why });
    }
  }
}
