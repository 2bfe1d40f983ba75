import { expect, test } from "vitest";
import { heldFacts } from "../../../../lib/adapters/store/sql/pool/held-facts.ts";
import type { Statement } from "../../../../lib/adapters/store/sql/session.ts";
import type { AccountId, AssignmentId } from "../../../../lib/domain/ids.ts";

function counted(answer: () => Promise<[]> = async () => []) {
  const sent: Statement[] = [];
  const ask = heldFacts({
    query(statement) {
      sent.push(statement);
      return answer();
    },
  });
  return { sent, ask: (name: string) => ask(name as AccountId, `${name}-1` as AssignmentId) };
}

test("those who ask in one turn of the event loop are answered by one statement, the next ones by another", async () => {
  const { sent, ask } = counted();
  await Promise.all([ask("alice"), ask("bob"), Promise.resolve().then(() => ask("carol"))]);
  await ask("dave");
  expect(sent.map(({ values }) => values)).toEqual([
    [
      ["alice", "bob", "carol"],
      ["alice-1", "bob-1", "carol-1"],
    ],
    [["dave"], ["dave-1"]],
  ]);
});

test("a database that fails is told to each who asked, and the next question is asked anew", async () => {
  let isDown = true;
  const { sent, ask } = counted(async () => {
    if (isDown) throw new Error("down");
    return [];
  });
  const asked = await Promise.allSettled([ask("alice"), ask("bob")]);
  expect(asked.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  isDown = false;
  expect(await ask("alice")).toBeUndefined();
  expect(sent).toHaveLength(2);
});
