import type { RequestAnswer, RequestId, RunVerb, UnitRequest } from "../../domain/run/unit-wish.ts";
import { requireUnit, subjectOf } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";

/** A bot by its account's name, or a collector by its own. */
export interface UnitName {
  readonly kind: "bot" | "collector";
  readonly name: string;
}

/** What is asked of a unit, as it is stored and as the history tells it. */
export type Asked = Pick<UnitRequest, "verb" | "arguments"> & { readonly message: string };

/** A launcher answers within a minute of taking a request, and takes it at its next renewal. */
const longestWaitMs = 75_000;
const lookEveryMs = 250;

/**
 * Asks whichever launcher runs the unit, by a row that it reads at its next renewal, and waits for its answer. Rejects with
 * UsageError LAUNCH_UNKNOWN_ACCOUNT.
 */
export async function askUnit(operator: Operator, unit: UnitName, verb: RunVerb): Promise<RequestAnswer> {
  const message = `The ${unit.kind} ${unit.name} was asked to ${verb}.`;
  const id = await sendRequest(operator, unit, { verb, arguments: {}, message });
  if (id === undefined) return { isDone: false, text: `The ${unit.kind} "${unit.name}" does not run.` };
  return await answerTo(operator, id);
}

/** Writes the request down for the launcher that runs the unit; undefined when none does. */
export async function sendRequest(
  operator: Operator,
  unit: UnitName,
  { verb, arguments: given, message }: Asked,
): Promise<RequestId | undefined> {
  const id = operator.random.uuid() as RequestId;
  return operator.store.transaction(async (store) => {
    const known = await requireUnit(store, unit);
    const isRunning = (await store.runs.live()).some(
      ({ run }) => run.unit.kind === unit.kind && run.unit.name === unit.name,
    );
    if (!isRunning) return undefined;
    await store.requests.add({ id, unitKey: known.unitKey, verb, arguments: given, by: operator.actor });
    await record(operator, store, { ...subjectOf(known), kind: "unit.asked", message });
    return id;
  });
}

/** Waits for what became of a request. */
export async function answerTo({ store, clock }: Operator, id: RequestId): Promise<RequestAnswer> {
  const until = clock.monotonicMs() + longestWaitMs;
  while (clock.monotonicMs() < until) {
    const answer = (await store.requests.find(id))?.answer;
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => clock.after(lookEveryMs, resolve));
  }
  return { isDone: false, text: `No launcher answered within ${longestWaitMs / 1000} s.` };
}
