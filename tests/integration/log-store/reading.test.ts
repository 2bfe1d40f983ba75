import {
  appendFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { ended, numbersIn, range, readAll, useLogs, writeLines } from "./rig.ts";

const rig = useLogs();
const small = { maxBytes: 20_000 };

test("the last lines come from as many files as needed, compressed ones too, with the run that wrote them", async () => {
  const log = rig.open(small);
  await writeLines(log, 0, 1000);
  await log.close(ended, false);
  await eventually(
    () => readdirSync(dirname(rig.path())).filter((name) => name.endsWith(".gz")).length,
    (count) => count >= 4,
  );
  for (const lines of [0, 1, 150, 700, 5000]) {
    const found = await readOnce(lines);
    expect(numbersIn(found)).toEqual(range(Math.max(0, 1000 - lines), 1000));
    expect(found.filter(({ runId }) => runId !== log.runId)).toEqual([]);
  }
});

test("of a log that was never put aside the run is known far behind its beginning", async () => {
  const log = rig.open();
  await writeLines(log, 0, 30_000);
  await log.close(ended, false);
  const found = await readOnce(10);
  expect(numbersIn(found)).toEqual(range(29_990, 30_000));
  // It is told once a MiB, so that little is read to find it.
  expect(readFileSync(rig.path(), "latin1").match(/#continues /g)?.length).toBeGreaterThanOrEqual(3);
  expect(found[0]?.runId).toBe(log.runId);
});

test("only lines since a time are read, whole files before it are left out", async () => {
  const log = rig.open(small);
  await writeLines(log, 0, 500);
  const marked = await readOnce(1);
  const [{ at: since } = { at: "" }] = marked.filter(({ stream }) => stream === "stdout");
  // The next millisecond: lines carry the time at which they were read.
  const after = new Date(Date.parse(since) + 1).toISOString();
  await eventually(
    () => new Date().toISOString(),
    (now) => now >= after,
  );
  await writeLines(log, 500, 900);
  await log.close(ended, false);
  for (const lines of [undefined, 10_000]) {
    const source = await rig.reader.open(rig.path(), { lines, since: after });
    expect(numbersIn(await readAll(source))).toEqual(range(500, 900));
    await source.close();
  }
  const source = await rig.reader.open(rig.path(), { lines: 5, since: after });
  expect(numbersIn(await readAll(source))).toEqual(range(895, 900));
  await source.close();
});

test("following goes over every file that is put aside, however many there are between two looks", async () => {
  const log = rig.open(small);
  await writeLines(log, 0, 10);
  const source = await rig.reader.open(rig.path(), { lines: 5, since: undefined });
  const found = [...(await readAll(source))];
  for (const from of range(0, 10).map((index) => 10 + index * 300)) {
    await writeLines(log, from, from + 300);
    found.push(...(await readAll(source)));
  }
  await writeLines(log, 3010, 3020);
  await log.close(ended, false);
  found.push(...(await readAll(source)));
  await source.close();
  expect(numbersIn(found)).toEqual(range(5, 3020));
});

test("following goes on with the next run, and finds a log that did not exist yet", async () => {
  const source = await rig.reader.open(rig.path(), { lines: 5, since: undefined });
  expect(await source.next()).toEqual([]);
  const first = rig.open();
  await writeLines(first, 0, 3);
  await first.close(ended, false);
  const second = rig.open();
  await writeLines(second, 3, 6);
  await second.close(ended, false);
  const found = await readAll(source);
  await source.close();
  expect(numbersIn(found)).toEqual(range(0, 6));
  const runs = found.filter(({ stream }) => stream === "stdout").map(({ runId }) => runId);
  expect([...new Set(runs)]).toEqual([first.runId, second.runId]);
});

test("a log that is cut by hand while it is written and followed goes on from its new beginning", async () => {
  const log = rig.open();
  await writeLines(log, 0, 300);
  const source = await rig.reader.open(rig.path(), { lines: 0, since: undefined });
  await readAll(source);
  truncateSync(rig.path());
  await writeLines(log, 300, 310);
  const found = await readAll(source);
  await source.close();
  await log.close(ended, false);
  expect(numbersIn(found)).toEqual(range(300, 310));
  expect(found.at(-1)?.runId).toBe(log.runId);
});

test("a log that another program moved away or deleted is written to a new file at once, and followed there", async () => {
  const log = rig.open();
  await writeLines(log, 0, 5);
  const source = await rig.reader.open(rig.path(), { lines: 100, since: undefined });
  renameSync(rig.path(), `${rig.path()}.old`);
  await writeLines(log, 5, 10);
  const found = [...(await readAll(source))];
  rmSync(rig.path());
  await writeLines(log, 10, 15);
  found.push(...(await readAll(source)));
  await log.close(ended, false);
  await source.close();
  expect(numbersIn(found)).toEqual(range(0, 15));
});

test("lines of another program in a log are read as they are, at the time of the line before them", async () => {
  writeFileSync(rig.path(), "begun by hand\n2026-05-01T14:03:00.123Z stamped\n");
  appendFileSync(rig.path(), "without a time\n2026-05-01T14:03:00.124Z!on stderr\n");
  const found = await readOnce(10);
  expect(found.map(({ at, stream, text }) => [at, stream, text])).toEqual([
    ["1970-01-01T00:00:00.000Z", "stdout", "begun by hand"],
    ["2026-05-01T14:03:00.123Z", "stdout", "stamped"],
    ["2026-05-01T14:03:00.123Z", "stdout", "without a time"],
    ["2026-05-01T14:03:00.124Z", "stderr", "on stderr"],
  ]);
});

async function readOnce(lines: number) {
  const source = await rig.reader.open(rig.path(), { lines, since: undefined });
  const found = await readAll(source);
  await source.close();
  return found;
}
