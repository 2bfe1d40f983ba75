import { expect, test } from "vitest";
import { botKey, type UnitKey } from "../../../../lib/domain/run/unit-key.ts";
import type { RequestAnswer, RequestId } from "../../../../lib/domain/run/unit-wish.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { OperatorHandler } from "../../../../lib/ports/operator-channel.ts";
import type { PendingRequest, RequestStore } from "../../../../lib/ports/store/request-store.ts";
import { Requests } from "../../../../lib/supervisor/requests.ts";

const alice = botKey("alice" as never);
const stopped: RequestAnswer = { isDone: true, text: "It stopped." };

/** One stop that waits, and a launcher that has the units of `looks` at one look after the other. */
async function answered(isBeforeRun: boolean, looks: readonly ReadonlyMap<UnitKey, boolean>[]) {
  const id = "request-1" as RequestId;
  const asked: PendingRequest = {
    id,
    unitKey: alice,
    verb: "stop",
    arguments: {},
    by: "user:ann",
    at: instant(0),
    answer: undefined,
    isBeforeRun,
  };
  let look = -1;
  const answers: RequestAnswer[] = [];
  const store = {
    pending: async () => (look === looks.length - 1 ? [asked] : []),
    answer: async (_id: RequestId, answer: RequestAnswer) => answers.push(answer) > 0,
  } as unknown as RequestStore;
  const handler = {
    held: () => looks[look] ?? new Map(),
    ask: async () => stopped,
  } as unknown as OperatorHandler;
  const requests = new Requests(store, () => handler);
  for (look = 0; look < looks.length; look += 1) await requests.read();
  look = looks.length - 1;
  await requests.settled();
  return answers;
}

const has = (isHeld: boolean): ReadonlyMap<UnitKey, boolean> => new Map([[alice, isHeld]]);

test.each([
  ["of a run that took its lease a moment ago, since the last look", false, [has(false), has(true)]],
  ["of a run at the launcher's first look", false, [has(true)]],
  ["of a run that has ended since the last look", false, [has(true), has(false)]],
  ["of a unit that waits here", false, [has(false), has(false)]],
])("what was asked %s is carried out", async (_, isBeforeRun, looks) => {
  expect(await answered(isBeforeRun, looks)).toEqual([stopped]);
});

test.each([
  ["before the run took its lease", true, [has(false), has(true)]],
  ["of a unit that nobody runs, before this launcher looked first", false, [has(false)]],
])("what was asked %s was meant for another", async (_, isBeforeRun, looks) => {
  expect(await answered(isBeforeRun, looks)).toEqual([
    { isDone: false, text: "It was asked before this run began." },
  ]);
});
