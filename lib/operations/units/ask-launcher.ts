import type { OperatorRequest, RequestAnswer, RunVerb } from "../../domain/run/unit-wish.ts";
import type { Heard, OperatorDialer } from "../../ports/operator-channel.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import { type KnownUnit, subjectOf } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { answerTo, sendRequest } from "../requests/ask-unit.ts";

/** By what an operation reaches the launchers of this host. */
export interface Reach {
  readonly dialer: OperatorDialer;
  readonly processes: Pick<ProcessTable, "judge" | "isStopped">;
  /** The sockets of this state folder's launchers, of dead ones too. */
  readonly near: () => Promise<readonly string[]>;
}

/**
 * What came of asking the launcher of a run. `not_done`: it says why not · `asked`: it is to be answered by a launcher that cannot
 * be reached from here, and nobody waited · `no_answer`: it is there and says nothing · `dead`: it is gone.
 */
export interface Asked {
  readonly outcome: "done" | "not_done" | "asked" | "no_answer" | "dead";
  readonly text: string;
}

/** A launcher settles a verb within a minute, and a stop within the grace of its bot. */
const answersWithinMs = 80_000;
/** One that runs and says nothing for so long hangs. */
const busyForMs = 20_000;

/** Asks by the launcher's own socket where it is on this host, else by a row that it reads at its next renewal. */
export async function askLauncher(
  operator: Operator,
  reach: Reach,
  unit: KnownUnit,
  { run, verb, isAwaited }: { readonly run: LiveRun; readonly verb: RunVerb; readonly isAwaited: boolean },
): Promise<Asked> {
  const { launcher, operatorSocket: path } = run;
  const verdict = launcher === undefined ? "dead" : reach.processes.judge(launcher);
  const message = `The ${unit.kind} ${unit.name} was asked to ${verb}.`;
  let note: string | undefined;
  if (path !== undefined && verdict !== "elsewhere") {
    if (verdict === "alive")
      await record(operator, operator.store, { kind: "unit.asked", message, ...subjectOf(unit) });
    const request: OperatorRequest = { verb, by: operator.actor, arguments: {} };
    // One that has much to do, such as to stop fifty units, comes to each question late; one that is suspended never does.
    const isBusy = verdict === "alive" && !reach.processes.isStopped(run.run.launcher.pid);
    const patience = { withinMs: answersWithinMs, ...(isBusy ? { helloWithinMs: busyForMs } : {}) };
    const heard = await reach.dialer.ask(path, unit.unitKey, request, patience);
    const told = whatItSays(heard, run, reach);
    if (told !== undefined) return told;
    note = heard.kind === "refused" ? `It was not asked directly: ${heard.why}.` : undefined;
  } else if (verdict === "dead") return gone(run, false);
  const id = await sendRequest(operator, unit, { verb, arguments: {}, message });
  if (id === undefined) return gone(run, false);
  if (isAwaited) {
    const answered = answeredWith(await answerTo(operator, id));
    return note === undefined ? answered : { ...answered, text: `${answered.text} (${note})` };
  }
  const asked = `It was asked to ${verb}: ${launcherOf(run)} reads that within 4 s. With --wait its answer is waited for.`;
  return { outcome: "asked", text: note === undefined ? asked : `${asked} ${note}` };
}

/** "The launcher on host-b (pid 4711)". */
function launcherOf({ run }: LiveRun): string {
  return `its launcher on ${run.launcher.host} (pid ${run.launcher.pid})`;
}

// What cannot be asked directly may still be asked by a row.
function whatItSays(heard: Heard<RequestAnswer>, run: LiveRun, { processes }: Reach): Asked | undefined {
  switch (heard.kind) {
    case "answered":
      return answeredWith(heard.value);
    case "dead":
      return gone(run, heard.isSocketTakenAway);
    case "silent":
      return { outcome: "no_answer", text: silence(run, heard.withinMs, processes) };
    case "refused":
      return undefined;
    default:
      return heard satisfies never;
  }
}

/** What became of the asking by what a launcher answered. */
function answeredWith({ isDone, text }: RequestAnswer): Asked {
  return { outcome: isDone ? "done" : "not_done", text };
}

function gone({ run }: LiveRun, isSocketTakenAway: boolean): Asked {
  const taken = isSocketTakenAway ? ", and the socket that it left was taken away" : "";
  return {
    outcome: "dead",
    text: `Its launcher (pid ${run.launcher.pid}) is gone without having ended it${taken}.`,
  };
}

/** Says of a launcher that is there and silent what may be the matter, and what ends it. */
function silence({ run }: LiveRun, withinMs: number, processes: Pick<ProcessTable, "isStopped">): string {
  const { pid } = run.launcher;
  const within = `within ${Math.round(withinMs / 1000)} s`;
  return processes.isStopped(pid)
    ? `Its launcher (pid ${pid}) is suspended (SIGSTOP, Ctrl-Z or a debugger) and did not answer ${within}: continue it with \`kill -CONT ${pid}\`, or end it with \`kill -KILL ${pid}\`.`
    : `Its launcher (pid ${pid}) did not answer ${within}: it may be busy or hang. End it with \`kill ${pid}\`.`;
}
