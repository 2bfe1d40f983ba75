import type { AccountId } from "../domain/ids.ts";
import { reportInArguments } from "../domain/run/bot-report.ts";
import { botKey, type UnitKey } from "../domain/run/unit-key.ts";
import type { OperatorRequest, RequestAnswer } from "../domain/run/unit-wish.ts";
import type { Clock } from "../ports/clock.ts";
import type { AccountIntake } from "./unit/ports.ts";
import type { Runner } from "./unit/runner.ts";
import { withTimeout } from "./waits/with-timeout.ts";

/** What is left of a stop once its grace is over: kills, and what is given back. */
const afterGraceMs = 20_000;

const notHere: RequestAnswer = { isDone: false, text: "It does not run in this launcher." };
const notUnderstood: RequestAnswer = {
  isDone: false,
  text: "This launcher does not understand such a request. It may be older than the program that sent it.",
};

/** Carries a verb out for the runs of one unit; a stop settles once the run is over. */
export async function askRunners(
  runners: readonly Runner[],
  { verb, by }: OperatorRequest,
  clock: Clock,
): Promise<RequestAnswer> {
  if (verb === "report") return notUnderstood;
  const answers = await Promise.all(
    runners.map(async (runner) => {
      const answer = await runner.ask({ verb, by });
      return verb === "stop" && answer.isDone ? stopped(runner, clock) : answer;
    }),
  );
  return answers.find(({ isDone }) => !isDone) ?? answers[0] ?? notHere;
}

/** Passes on what an operator saw of an account's exit. */
export function tellIntake(
  intakes: ReadonlyMap<AccountId, AccountIntake>,
  unitKey: UnitKey,
  { by, arguments: said }: OperatorRequest,
): RequestAnswer {
  const [, intake] = [...intakes].find(([id]) => botKey(id) === unitKey) ?? [];
  const report = reportInArguments(said);
  return intake === undefined || report === undefined ? notUnderstood : intake.report(report, by);
}

async function stopped(runner: Runner, clock: Clock): Promise<RequestAnswer> {
  const withinMs = runner.snapshot().graceMs + afterGraceMs;
  if (await withTimeout(clock, withinMs, runner.ended)) return { isDone: true, text: "It stopped." };
  return { isDone: false, text: `It has not stopped after ${Math.round(withinMs / 1000)} s.` };
}
