import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openHostLocks } from "../../../lib/adapters/host-lock/host-locks.ts";
import { type LifeLine, openLifeLine } from "../../../lib/adapters/host-lock/life-line.ts";
import {
  type RecordTaking,
  releaseRecord,
  takeRecord,
} from "../../../lib/adapters/host-lock/lock-records.ts";
import { sweepPlace } from "../../../lib/adapters/host-lock/sweep-place.ts";
import type { AccountId, RunId } from "../../../lib/domain/ids.ts";
import { sampleProcess } from "../../support/sample-facts.ts";

let place: string;
let folder: string;
const open: LifeLine[] = [];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "slipway-records-"));
  folder = join(place, "4c5b0d3a-0000-4000-8000-000000000001");
  mkdirSync(join(place, "sockets"));
});
afterEach(() => {
  for (const line of open.splice(0)) line.close();
  rmSync(place, { recursive: true });
});

const holderOf = (runId: string, bootId = "b") => ({
  runId: runId as RunId,
  launcher: sampleProcess({ bootId }),
  database: "embedded",
  folder: "/srv",
});

/** Takes the lock for a launcher of its own; `meanwhile` happens after it looked and before it writes. */
function take(runId: string, meanwhile = async () => {}, bootId = "b"): Promise<RecordTaking> {
  const openSocket = async () => {
    await meanwhile();
    const line = await openLifeLine(place);
    open.push(line);
    return line.name;
  };
  return takeRecord({ place, folder }, openSocket, holderOf(runId, bootId));
}

function die(): void {
  open.pop()?.close();
}

const old = new Date(Date.now() - 31 * 86_400_000);

describe("a record that somebody's hand wrote over", () => {
  test.each(["garbage", "", "null", "{}", '{"socket":7}'])(
    "(%s) keeps the lock from a second launcher while anybody in its place lives",
    async (text) => {
      expect(await take("first")).toMatchObject({ kind: "held", number: 1 });
      writeFileSync(join(folder, "1"), text);
      expect(await take("second")).toEqual({ kind: "unreadable", file: join(folder, "1") });
    },
  );

  test("keeps it from nobody once all are gone, or when it is of the boot before", async () => {
    await take("first");
    writeFileSync(join(folder, "1"), "garbage");
    die();
    expect(await take("second")).toMatchObject({ kind: "held", number: 2, left: [] });
    writeFileSync(join(folder, "2"), "");
    utimesSync(join(folder, "2"), new Date(0), new Date(0));
    expect(await take("third")).toMatchObject({ kind: "held", number: 3 });
  });

  test("is mended when its holder gives the lock back", async () => {
    await take("first");
    writeFileSync(join(folder, "1"), "garbage");
    releaseRecord({ place, folder }, 1, holderOf("first"), []);
    expect(await take("second")).toMatchObject({ kind: "held", number: 2 });
  });
});

describe("the sweep of a place", () => {
  const sweep = (bootId = "b") => {
    rmSync(join(place, ".swept"), { force: true });
    return sweepPlace(place, bootId);
  };

  test("removes the folder of a lock that was given back and not taken for 30 days, and dead sockets", async () => {
    await take("first");
    releaseRecord({ place, folder }, 1, holderOf("first"), []);
    writeFileSync(join(place, "sockets", "dead"), "");
    await sweep();
    expect([existsSync(folder), readdirSync(join(place, "sockets")).length]).toEqual([true, 2]);
    for (const path of [folder, join(place, "sockets", "dead")]) utimesSync(path, old, old);
    await sweepPlace(place, "b");
    expect(existsSync(folder)).toBe(true);
    await sweep();
    expect([existsSync(folder), readdirSync(join(place, "sockets")).length]).toEqual([false, 1]);
  });

  test("leaves what is held, what a dead launcher's processes may still use, and what is none of ours", async () => {
    await take("first");
    mkdirSync(join(place, "theirs"));
    for (const path of [folder, join(place, "theirs")]) utimesSync(path, old, old);
    await sweep();
    die();
    await sweep();
    expect(readdirSync(folder)).toEqual(["1"]);
    await sweep("after a boot");
    expect([existsSync(folder), existsSync(join(place, "theirs"))]).toEqual([false, true]);
  });

  test("is made a while after a lock was taken, when the unit has started", async () => {
    const stateFolder = join(place, "state");
    const swept = join(stateFolder, "locks", "4c5b0d3a-0000-4000-8000-000000000001");
    mkdirSync(swept, { recursive: true, mode: 0o700 });
    utimesSync(swept, old, old);
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const user = {
        uid: process.getuid?.() ?? 0,
        runFolder: "/nowhere",
        runtimeFolder: undefined,
        home: undefined,
      };
      const locks = openHostLocks({ ...user, stateFolder });
      const accountId = "4c5b0d3a-0000-4000-8000-000000000002" as AccountId;
      const taking = await locks.take({ kind: "bot", accountId }, holderOf("second"));
      expect([taking.kind, existsSync(swept)]).toEqual(["held", true]);
      vi.advanceTimersByTime(60_000);
      expect(existsSync(swept)).toBe(false);
      if (taking.kind === "held") taking.lock.release([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test("lets no two in where it comes between a launcher's look and its record", async () => {
    await take("first");
    releaseRecord({ place, folder }, 1, holderOf("first"), []);
    let other: RecordTaking | undefined;
    const slow = await take("slow", async () => {
      if (other !== undefined) return;
      utimesSync(folder, old, old);
      await sweep();
      other = await take("other");
    });
    expect(other).toMatchObject({ kind: "held", number: 1 });
    expect(slow).toMatchObject({ kind: "taken", holder: { runId: "other" } });
  });
});
