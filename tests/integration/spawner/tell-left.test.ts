import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeLeft } from "../../../lib/adapters/host-files/left-processes.ts";
import { openHostLocks } from "../../../lib/adapters/host-lock/host-locks.ts";
import { createProcessTable } from "../../../lib/adapters/process-table/process-table.ts";
import { tellLeft } from "../../../lib/compose/death/tell-left.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { instant } from "../../../lib/domain/time.ts";
import type { HistoryStore } from "../../../lib/ports/store/history-store.ts";
import { memoryStore } from "../../support/memory-store.ts";

const [first, second] = ["0191f000-0000-7000-8000-000000000001", "0191f000-0000-7000-8000-000000000002"];
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-left-"));
  const killed = [{ pid: 4711, program: "sleep" }];
  const ofRun = (runId = "") => ({ runId: runId as RunId, launcherPid: 7, killed });
  writeLeft(folder, [ofRun(first), ofRun(second)]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const store = () => memoryStore();
type Stored = ReturnType<typeof store>;

/** A launcher of its own on the folder, whose store does what it is told to with new events. */
function start(of: Stored, append: HistoryStore["appendMany"] = (events) => of.history.appendMany(events)) {
  const uid = process.getuid?.() ?? 0;
  const user = {
    uid,
    runFolder: "/nowhere",
    runtimeFolder: undefined,
    home: undefined,
    stateFolder: folder,
  };
  const locks = openHostLocks(user);
  const launcher = createProcessTable().self();
  const holder = { runId: first as RunId, launcher, database: "d", folder };
  const lock = async () => {
    const taking = await locks.take({ kind: "left", stateFolder: folder }, holder);
    return taking.kind === "held" ? taking.lock : undefined;
  };
  return tellLeft(folder, { runs: of.runs, history: { ...of.history, appendMany: append } }, lock);
}

async function told(of: Stored): Promise<readonly string[]> {
  const events = await of.history.list({ kind: "process.outlived", limit: 10 });
  return events.map(({ runId }) => runId ?? "").sort((a, b) => (a < b ? -1 : 1));
}
const records = () => readdirSync(folder).filter((name) => name.endsWith(".left.json"));

test("what a watch wrote down stays until the database has it", async () => {
  const of = store();
  const refuse = () => Promise.reject(new Error("no database"));
  await expect(start(of, refuse)).rejects.toThrow("no database");
  expect([await told(of), records().length]).toEqual([[], 1]);
  await start(of);
  expect([await told(of), records().length]).toEqual([[first, second], 0]);
});

test("a launcher that dies after its events and before it removed the record has nothing told twice", async () => {
  const of = store();
  const storeAndDie: HistoryStore["appendMany"] = async (events) => {
    await of.history.appendMany(events);
    throw new Error("killed");
  };
  await expect(start(of, storeAndDie)).rejects.toThrow("killed");
  expect([await told(of), records().length]).toEqual([[first, second], 1]);
  await start(of);
  expect([await told(of), records().length]).toEqual([[first, second], 0]);
});

test("nothing is told twice however much of its kind has happened since", async () => {
  const of = store();
  const storeAndDie: HistoryStore["appendMany"] = async (events) => {
    await of.history.appendMany(events);
    throw new Error("killed");
  };
  await expect(start(of, storeAndDie)).rejects.toThrow("killed");
  const [told] = await of.history.list({ kind: "process.outlived" });
  if (told === undefined) throw new Error("nothing was stored");
  const { id: _, ...event } = told;
  const later = { ...event, at: instant(event.at + 1), evidence: { record: "another" } };
  await of.history.appendMany(Array.from({ length: 2_000 }, () => later));
  await start(of);
  expect(await of.history.list({ kind: "process.outlived" })).toHaveLength(2_002);
});

test("of launchers that start at once one tells, and what cannot be read keeps nothing back", async () => {
  writeFileSync(join(folder, "00000000-broken.left.json"), "{");
  const of = store();
  await Promise.all([start(of), start(of), start(of)]);
  expect([await told(of), records()]).toEqual([[first, second], []]);
});
