import { readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { ended, numbersIn, range, readAll, useLogs, writeLines } from "./rig.ts";

const rig = useLogs();

function filesOf(): readonly string[] {
  return readdirSync(dirname(rig.path())).filter((name) => name.startsWith(basename(rig.path())));
}

// One that is there no more was compressed meanwhile.
function sizeOfFile(name: string): number {
  return statSync(`${dirname(rig.path())}/${name}`, { throwIfNoEntry: false })?.size ?? 0;
}

async function everything(path = rig.path()) {
  const source = await rig.reader.open(path, { lines: undefined, since: undefined });
  const lines = await readAll(source);
  await source.close();
  return lines;
}

test("files put aside are compressed but for the newest, and all of them stay within the total", async () => {
  const log = rig.open({ maxBytes: 20_000, totalBytes: 60_000 });
  await writeLines(log, 0, 3000);
  await log.close(ended, false);
  const sizeOf = () => filesOf().reduce((sum, name) => sum + sizeOfFile(name), 0);
  await eventually(
    () => [sizeOf(), filesOf().filter((name) => /\.\d{8}$/.test(name)).length],
    ([size = 0, plain = 0]) => size <= 80_000 && plain === 1,
  );
  const numbers = numbersIn(await everything());
  expect(numbers.length).toBeGreaterThan(200);
  expect(numbers).toEqual(range(3000 - numbers.length, 3000));
  for (const name of filesOf()) expect(statSync(`${dirname(rig.path())}/${name}`).mode & 0o777).toBe(0o600);
  expect(rig.troubles()).toEqual([]);
});

test("without compression the oldest files go as soon as all together are more than the total", async () => {
  const log = rig.open({ maxBytes: 20_000, totalBytes: 60_000, isCompressed: false });
  await writeLines(log, 0, 3000);
  await log.close(ended, false);
  // What was written since the last file was put aside comes beside it.
  await eventually(filesOf, (names) => names.length <= 4);
  const numbers = numbersIn(await everything());
  expect(numbers.length).toBeGreaterThan(200);
  expect(numbers).toEqual(range(3000 - numbers.length, 3000));
});

test("a file whose first line is old is put aside, and one that nobody has written to for long is deleted", async () => {
  writeFileSync(`${rig.path()}.00000007`, "2026-01-01T00:00:00.000Z long ago\n");
  utimesSync(`${rig.path()}.00000007`, 0, 0);
  writeFileSync(rig.path(), `${new Date(Date.now() - 120_000).toISOString()} from before\n`);
  const log = rig.open({ maxAgeMs: 60_000 });
  await writeLines(log, 0, 1);
  await log.close(ended, false);
  await eventually(filesOf, (names) => !names.some((name) => name.includes("00000007")));
  expect(filesOf()).toEqual(["bot-alice.log", "bot-alice.log.00000008"]);
  expect(readFileSync(`${rig.path()}.00000008`, "utf8")).toContain("from before");
});

test("several writers share one file: nothing is lost when they put it aside, and each line has its run", async () => {
  const limits = { maxBytes: 20_000, isCompressed: false };
  const logs = [0, 1, 2].map(() => rig.open(limits, { isShared: true }));
  await Promise.all(logs.map((log, index) => writeLines(log, index * 10_000, index * 10_000 + 2000)));
  const [crashed, ...others] = logs;
  if (crashed !== undefined) await writeLines(crashed, 2000, 2010);
  const kept = await crashed?.close({ code: 1, signal: undefined }, true);
  for (const log of others) await log.close(ended, false);
  const ofCrash = await rig.reader.crashLines(kept ?? "");
  expect(ofCrash.filter(({ runId }) => runId !== crashed?.runId)).toEqual([]);
  expect(numbersIn(ofCrash).at(-1)).toBe(2009);
  const lines = (await everything()).filter(({ stream }) => stream === "stdout");
  for (const [index, { runId }] of logs.entries()) {
    const own = numbersIn(lines.filter((line) => line.runId === runId));
    expect(own).toEqual(range(index * 10_000, index * 10_000 + (index === 0 ? 2010 : 2000)));
  }
  expect(rig.troubles()).toEqual([]);
});

test("a file that cannot be put aside grows on, and that is said once", async () => {
  // The longest name that a file can have leaves no room for a number.
  const long = `${dirname(rig.path())}/${"x".repeat(255)}`;
  const other = rig.open({ maxBytes: 20_000 }, { path: long });
  await writeLines(other, 0, 500);
  await other.close(ended, false);
  expect(numbersIn(await everything(long))).toEqual(range(0, 500));
  expect(rig.troubles()).toEqual([expect.stringContaining("cannot be put aside (ENAMETOOLONG)")]);
});

test("a log that is a link stays one, and what is put aside lies beside the real file", async () => {
  const real = `${rig.path()}-real`;
  writeFileSync(real, "");
  symlinkSync(real, rig.path());
  const log = rig.open({ maxBytes: 20_000, isCompressed: false });
  await writeLines(log, 0, 500);
  await log.close(ended, false);
  expect(filesOf()).toContain(`${basename(real)}.00000001`);
  expect(numbersIn(await everything())).toEqual(range(0, 500));
});

test("a device as log is neither put aside nor changed", async () => {
  const mode = statSync("/dev/null").mode;
  const log = rig.open({ maxBytes: 1_000, maxAgeMs: 0 }, { path: "/dev/null" });
  await writeLines(log, 0, 500);
  expect(await log.close({ code: 1, signal: undefined }, true)).toBeUndefined();
  expect(statSync("/dev/null").mode).toBe(mode);
  expect(readdirSync("/dev").filter((name) => name.startsWith("null."))).toEqual([]);
  expect(rig.troubles()).toEqual([]);
});

test("of a process that crashed the last thousand lines are kept beside its log, and none of the one before it", async () => {
  const first = rig.open();
  await writeLines(first, 0, 50);
  await first.close(ended, false);
  const short = rig.open();
  await writeLines(short, 50, 60);
  short.stderr.write(Buffer.from("no newline"));
  short.stderr.end();
  const kept = await short.close({ code: undefined, signal: "SEGV" }, true);
  const lines = await rig.reader.crashLines(kept ?? "");
  expect(lines.map(({ stream, text }) => `${stream} ${text.slice(-14)}`).slice(-2)).toEqual([
    "stderr no newline",
    "launcher led by SIGSEGV",
  ]);
  expect(numbersIn(lines).slice(0, 10)).toEqual(range(50, 60));
  expect(lines[0]?.text).toContain(`started process 1 of run ${short.runId}`);

  const long = rig.open({ maxBytes: 20_000 });
  await writeLines(long, 0, 3000);
  const keptOfLong = await long.close({ code: 1, signal: undefined }, true);
  expect(numbersIn(await rig.reader.crashLines(keptOfLong ?? ""))).toEqual(range(2000, 3000));
  expect((await rig.reader.crashes(rig.path())).map(({ path }) => path)).toEqual([kept, keptOfLong]);
  expect(statSync(keptOfLong ?? "").mode & 0o777).toBe(0o600);
});

test("of twenty crashes and more the newest twenty are kept", async () => {
  for (const minute of range(10, 40))
    writeFileSync(`${rig.path()}.crash-2026-05-01T14-${minute}-00.123Z-1`, "");
  const log = rig.open();
  await writeLines(log, 0, 1);
  await log.close(ended, false);
  await eventually(filesOf, (names) => names.length === 21);
  expect((await rig.reader.crashes(rig.path()))[0]?.at).toBe("2026-05-01T14:20:00.123Z");
});
