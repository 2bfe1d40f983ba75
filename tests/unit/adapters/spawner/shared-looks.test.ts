import { expect, test } from "vitest";
import { looksOf } from "../../../../lib/adapters/spawner/shared-looks.ts";
import type { ProcessLook, ProcessTable } from "../../../../lib/ports/process-table.ts";

function countingTable() {
  const looks: ProcessLook[] = [];
  const nothing = { withRunId: () => [], inGroup: () => [], inNetwork: () => [] };
  const look = () => {
    const each = { ...nothing };
    looks.push(each);
    return each;
  };
  return { table: { ...nothing, look } as unknown as ProcessTable, looks };
}

test("fifty trees that end at once share each look at the processes", async () => {
  const { table, looks } = countingTable();
  const shared = looksOf(table);
  const first = await Promise.all(Array.from({ length: 50 }, () => shared.soon()));
  expect([looks.length, new Set(first).size]).toEqual([1, 1]);
  const again = await Promise.all(Array.from({ length: 50 }, () => looksOf(table).later()));
  expect([looks.length, new Set(again).size]).toEqual([2, 1]);
});

test("whoever asks after a look has begun gets another one", async () => {
  const { table, looks } = countingTable();
  const shared = looksOf(table);
  const [soon, later] = [await shared.soon(), await shared.later()];
  expect(await shared.soon()).not.toBe(soon);
  expect(await shared.later()).not.toBe(later);
  expect(looks.length).toBe(4);
});

test("a table that has no look of its own is asked itself", async () => {
  const { table } = countingTable();
  const plain = { ...table, look: undefined } as unknown as ProcessTable;
  expect(await looksOf(plain).soon()).toBe(plain);
});

test("a look that fails fails for those that wait for it, and not for the next", async () => {
  const { table, looks } = countingTable();
  let isBroken = true;
  const { look } = table;
  const failing = {
    ...table,
    look() {
      if (isBroken) throw new Error("EMFILE");
      return look?.() ?? table;
    },
  };
  const shared = looksOf(failing);
  await expect(Promise.all([shared.soon(), shared.soon()])).rejects.toThrow("EMFILE");
  isBroken = false;
  await shared.soon();
  expect(looks.length).toBe(1);
});
