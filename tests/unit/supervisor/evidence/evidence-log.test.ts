import { expect, test } from "vitest";
import type { RunId } from "../../../../lib/domain/ids.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { EvidenceRow } from "../../../../lib/domain/verdict/evidence-row.ts";
import { UsageError } from "../../../../lib/errors.ts";
import { EvidenceLog } from "../../../../lib/supervisor/evidence/evidence-log.ts";
import { fakeClock } from "../../../support/fake-clock.ts";

function openLog() {
  const clock = fakeClock();
  const writes: (readonly EvidenceRow[])[] = [];
  const said: string[] = [];
  const database = { isUp: true };
  const append = async (rows: readonly EvidenceRow[]): Promise<void> => {
    if (rows.some(({ why }) => why === "bad"))
      throw new UsageError("LAUNCH_INVALID_VALUE", "The database refuses a value.");
    if (!database.isUp) throw new Error("no route");
    writes.push(rows);
  };
  const journal = { say: ({ text }: { readonly text: string }) => void said.push(text) };
  const log = new EvidenceLog({ store: { evidence: { append } }, clock, journal });
  return { clock, writes, said, database, log };
}

function row(n: number, change: Partial<EvidenceRow> = {}): EvidenceRow {
  return {
    at: instant(n),
    runId: "run" as RunId,
    hostKey: "here",
    channel: "relay",
    kind: "connect_failed",
    isFailure: true,
    weight: 1,
    times: 1,
    why: "refused",
    ...change,
  };
}

test("what is seen within a second is one write, and equal rows are counted", async () => {
  const { clock, writes, log } = openLog();
  for (let n = 0; n < 20; n++) log.add(row(n, { kind: n % 2 === 0 ? "connect_failed" : "drift" }));
  await clock.advance(1_000);
  expect(writes).toHaveLength(1);
  expect(writes[0]?.map(({ kind, times, at }) => [kind, times, at])).toEqual([
    ["connect_failed", 10, 18],
    ["drift", 10, 19],
  ]);
  await clock.advance(10_000);
  expect(writes).toHaveLength(1);
});

test("a flush stores at once and says whether it did", async () => {
  const { writes, log, database } = openLog();
  log.add(row(1));
  expect(await log.flush()).toBe(true);
  expect(writes).toHaveLength(1);
  database.isUp = false;
  log.add(row(2));
  expect(await log.flush()).toBe(false);
});

test("what a silent database does not take waits for it, is said once, and never grows without end", async () => {
  const { clock, writes, said, database, log } = openLog();
  database.isUp = false;
  for (let n = 0; n < 3_000; n++) log.add(row(n, { why: `reason ${n}` }));
  await clock.advance(60_000);
  expect(writes).toEqual([]);
  expect(said).toHaveLength(1);
  database.isUp = true;
  await clock.advance(10_000);
  expect(writes.flat()).toHaveLength(2_000);
  expect(writes.flat().at(-1)?.why).toBe("reason 2999");
  await log.stop();
  expect(clock.pending()).toBe(0);
});

test("a row that the database refuses is let go with a word, and takes none of the others with it", async () => {
  const { writes, said, log } = openLog();
  for (let n = 0; n < 9; n++) log.add(row(n, { why: n % 4 === 1 ? "bad" : `reason ${n}` }));
  expect(await log.flush()).toBe(true);
  expect(writes.flat()).toHaveLength(7);
  expect(said).toHaveLength(1);
  log.add(row(10));
  expect(await log.flush()).toBe(true);
});

test("what is counted stays within what the database can hold", async () => {
  const { writes, log } = openLog();
  for (let n = 0; n < 3_000; n++) log.add(row(n, { times: 1_000_000 }));
  await log.flush();
  expect(writes[0]?.[0]?.times).toBeLessThan(2 ** 31);
});
