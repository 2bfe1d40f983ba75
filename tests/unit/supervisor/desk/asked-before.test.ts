import { expect, test } from "vitest";
import type { UnitKey } from "../../../../lib/domain/run/unit-key.ts";
import type { RequestId } from "../../../../lib/domain/run/unit-wish.ts";
import type { OperatorHandler } from "../../../../lib/ports/operator-channel.ts";
import { Requests } from "../../../../lib/supervisor/requests.ts";
import { memoryStore } from "../../../support/memory-store.ts";

test("what was asked of a run that is gone is not carried out on the one that takes its place here", async () => {
  const { requests } = memoryStore({ now: () => 1_000 });
  const unitKey = "bot:alice" as UnitKey;
  const id = "asked" as RequestId;
  await requests.add({ id, unitKey, verb: "rotate", arguments: {}, by: "user:ann" });
  const carriedOut: string[] = [];
  let isHeld = false;
  const handler = {
    ask: async (_key: UnitKey, { verb }: { readonly verb: string }) => {
      carriedOut.push(verb);
      return { isDone: true, text: "It is done." };
    },
    held: () => new Map([[unitKey, isHeld]]),
  } as unknown as OperatorHandler;
  // The killed launcher's lease still stands, so the row is not for this one, which knows the unit all the same.
  const heldElsewhere = { ...requests, pending: async () => [] };
  let store = heldElsewhere as typeof requests;
  const asked = new Requests({ ...requests, pending: (...given) => store.pending(...given) }, () => handler);
  await asked.read();
  // It took the lease since then, as the database tells.
  store = {
    ...requests,
    pending: async (...given) =>
      (await requests.pending(...given)).map((row) => ({ ...row, isBeforeRun: row.id === id })),
  };
  isHeld = true;
  await asked.read();
  await asked.settled();
  expect(carriedOut).toEqual([]);
  expect((await requests.find(id))?.answer).toMatchObject({ isDone: false });
  await requests.add({ id: "new" as RequestId, unitKey, verb: "check", arguments: {}, by: "user:ann" });
  await asked.read();
  await asked.settled();
  expect(carriedOut).toEqual(["check"]);
});

test("what was answered while the database was slow to tell of it is not carried out again", async () => {
  const { requests } = memoryStore({ now: () => 1_000 });
  const unitKey = "bot:alice" as UnitKey;
  const carriedOut: string[] = [];
  const ends: (() => void)[] = [];
  const handler = {
    ask: (_key: UnitKey, { verb }: { readonly verb: string }) => {
      carriedOut.push(verb);
      return new Promise((resolve) => ends.push(() => resolve({ isDone: true, text: "It is done." })));
    },
    held: () => new Map([[unitKey, true]]),
  } as unknown as OperatorHandler;
  let arrive: (() => void) | undefined;
  let isSlow = false;
  const slow: typeof requests = {
    ...requests,
    async pending(...given) {
      const rows = await requests.pending(...given);
      if (isSlow) await new Promise<void>((resolve) => (arrive = resolve));
      return rows;
    },
  };
  const asked = new Requests(slow, () => handler);
  await asked.read();
  const row = { unitKey, verb: "restart", arguments: {}, by: "user:ann" } as const;
  await requests.add({ id: "asked" as RequestId, ...row });
  await asked.read();
  isSlow = true;
  const second = asked.read();
  await Promise.resolve();
  for (const end of ends) end();
  await asked.settled();
  arrive?.();
  await second;
  await asked.settled();
  expect(carriedOut).toEqual(["restart"]);
});
