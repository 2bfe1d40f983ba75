import { lstatSync, readdirSync, rmdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, socketFile, socketsIn } from "./life-line.ts";
import { numbersIn, readRecord } from "./lock-records.ts";

const dayMs = 86_400_000;
const sweptFile = ".swept";
/** Of accounts and collectors that nobody has run for so long, the removed ones among them. */
const folderKeptMs = 30 * dayMs;
/** One that was just made may not listen yet. */
const socketKeptMs = 3_600_000;
const lockName = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|collector-[0-9a-f]{32})$/;

/** Removes what nobody will ask for any more from a place of locks, at most once a day; nobody waits for it. */
export async function sweepPlace(place: string, bootId: string): Promise<void> {
  try {
    if (!isOlder(join(place, sweptFile), dayMs)) return;
    touch(join(place, sweptFile));
    for (const name of readdirSync(place).filter((each) => lockName.test(each)))
      removeLock(join(place, name), bootId);
    for (const name of socketsIn(place))
      if (isOlder(socketFile(place, name), socketKeptMs) && !(await isAlive(place, name)))
        rmSync(socketFile(place, name), { force: true });
  } catch {
    // Another user's file, a disk that became full: nothing depends on it.
  }
}

// What a taker puts there meanwhile keeps the folder, since only an empty one can be removed; and a taker that decided before sees
// by the numbers that it is not alone (lock-records.ts).
function removeLock(folder: string, bootId: string): void {
  const numbers = numbersIn(folder);
  const record = readRecord(folder, Math.max(0, ...numbers));
  const isDone =
    record === undefined ||
    (record !== "unreadable" &&
      ((record.socket === "" && record.runs.length === 0) || record.holder.launcher.bootId !== bootId));
  if (!isDone || !isOlder(folder, folderKeptMs)) return;
  for (const number of numbers) rmSync(join(folder, String(number)), { force: true });
  try {
    rmdirSync(folder);
  } catch {
    // Somebody took the lock.
  }
}

function isOlder(path: string, ms: number): boolean {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts === undefined || facts.mtimeMs < Date.now() - ms;
}

function touch(path: string): void {
  const now = new Date();
  writeFileSync(path, "", { flag: "a", mode: 0o600 });
  utimesSync(path, now, now);
}
