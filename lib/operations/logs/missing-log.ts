import type { NamedLog } from "../../domain/logs/named-log.ts";
import type { Run } from "../../domain/run/run.ts";
import type { LogPlaces } from "./find-logs.ts";

/** Says why a bot or collector has no log here, and what to type. */
export function explainMissing(
  log: NamedLog,
  { untold }: Pick<LogPlaces, "untold">,
  elsewhere: readonly Run[],
): string {
  const { kind, name } = log;
  const run = runOf(log, elsewhere);
  if (run !== undefined)
    return `${name} runs on ${run.launcher.host} (launcher ${run.launcher.pid}), and a log is read on the host that writes it: run \`launch logs ${name}\` there.`;
  if (untold.has(`${kind}:${name}`))
    return `${name} has a terminal of its own (tty), so what it writes is shown there and kept nowhere.`;
  const start = kind === "bot" ? `launch bot --account ${name}` : `launch collector ${name}`;
  return `${name} has no log, because it has not run on this host yet. Start it with \`${start}\`.`;
}

/** Whether a log may be written here by the next run. */
export function mayCome(
  log: NamedLog,
  { untold }: Pick<LogPlaces, "untold">,
  elsewhere: readonly Run[],
): boolean {
  return runOf(log, elsewhere) === undefined && !untold.has(`${log.kind}:${log.name}`);
}

/** Says of a log here that its bot or collector runs elsewhere now. */
export function noteElsewhere(log: NamedLog, elsewhere: readonly Run[]): string | undefined {
  const run = runOf(log, elsewhere);
  return run === undefined
    ? undefined
    : `${log.name} runs on ${run.launcher.host} now: what it writes there is not shown here. Run \`launch logs ${log.name}\` on ${run.launcher.host}.`;
}

function runOf({ kind, name }: NamedLog, runs: readonly Run[]): Run | undefined {
  return runs.find(({ unit }) => unit.kind === kind && unit.name === name);
}
