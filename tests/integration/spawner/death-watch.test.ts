import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readLeft } from "../../../lib/adapters/host-files/left-processes.ts";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import { runGroups } from "../../../lib/adapters/spawner/run-groups.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { bot } from "./rig.ts";

const table = createLinuxProcessTable();
const watched = new URL("../../fixtures/launchers/watched.mjs", import.meta.url).pathname;
const groups = runGroups();
const hasGroups = (): boolean => {
  const group = groups.open(randomUUID() as RunId);
  group?.remove();
  return group !== undefined;
};

interface Watched {
  readonly runId: string;
  readonly process: ChildProcess;
  readonly pids: ReadonlyMap<string, number>;
  readonly said: () => string;
}

let folder: string;
const started: Watched[] = [];
const strangers: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-watch-"));
});
afterEach(() => {
  for (const { process: launcher, pids } of started.splice(0)) {
    launcher.kill("SIGKILL");
    for (const pid of pids.values()) if (table.startTicks(pid) !== undefined) signal(pid, "SIGKILL");
  }
  for (const stranger of strangers.splice(0)) stranger.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A watched launcher whose bot has left processes in every way. */
async function launch(): Promise<Watched> {
  const runId = randomUUID();
  const launcher = spawn(process.execPath, [watched, folder, runId, bot("leaving/detaches.sh")], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, WAIT_FOR_GROUP: hasGroups() ? "yes" : "" },
  });
  let said = "";
  launcher.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const pids = new Map<string, number>();
  const all = { runId, process: launcher, pids, said: () => said };
  started.push(all);
  const lines = createInterface({ input: launcher.stdout });
  lines.on("line", (line) => pids.set(line.split(" ")[0] ?? "", Number(line.split(" ")[1])));
  await eventually(
    () => pids.size,
    (count) => count === 4,
  );
  return all;
}

/** The process that watches, by the words that only it has. */
function watchOf(): number {
  const found = readdirSync("/proc").filter((name) => {
    try {
      const words = readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0");
      return words.includes("launch-death-watch") && words.includes(folder);
    } catch {
      return false;
    }
  });
  return Number(found[0] ?? 0);
}

const isLive = (pid: number | undefined): boolean => table.startTicks(pid ?? 0) !== undefined;

/** What a launcher that has no group of the kernel cannot find is left out. */
const found = (pids: ReadonlyMap<string, number>): readonly number[] =>
  [...pids].flatMap(([name, pid]) => (name === "bare" && !hasGroups() ? [] : [pid]));

test("when a launcher is killed, all that its bot had started is killed with it, and named", async () => {
  const stranger = spawn("sleep", ["1000"], { env: { PATH: "/usr/bin:/bin", LAUNCH_RUN_ID: randomUUID() } });
  strangers.push(stranger);
  const { process: launcher, pids, said } = await launch();
  launcher.kill("SIGKILL");
  await eventually(
    () => found(pids).filter(isLive),
    (left) => left.length === 0,
    5_000,
  );
  await eventually(said, (text) => text.includes("is gone; killed what was left of its runs"));
  expect(said()).toContain(`${pids.get("session")} sleep`);
  const [left] = await eventually(
    () => readLeft(folder).flatMap((record) => record.left),
    (all) => all.length > 0,
  );
  expect(left).toMatchObject({ launcherPid: launcher.pid });
  expect(left?.killed).toContainEqual({ pid: pids.get("child"), program: "sleep" });
  expect(isLive(stranger.pid)).toBe(true);
});

test("a watch that is killed is replaced by one that knows the same runs", async () => {
  const { process: launcher, pids, runId } = await launch();
  const first = await eventually(watchOf, (pid) => pid > 0);
  signal(first, "SIGKILL");
  const second = await eventually(watchOf, (pid) => pid > 0 && pid !== first);
  // From its first moment: nobody may be left to tell it.
  expect(readFileSync(`/proc/${second}/environ`, "utf8")).toContain(runId);
  launcher.kill("SIGKILL");
  await eventually(
    () => found(pids).filter(isLive),
    (left) => left.length === 0,
    5_000,
  );
});

test("a launcher that ends by itself leaves no watch and nothing to tell", async () => {
  const { process: launcher, pids } = await launch();
  const watch = await eventually(watchOf, (pid) => pid > 0);
  launcher.stdin?.end();
  await once(launcher, "close");
  await eventually(
    () => isLive(watch),
    (live) => !live,
  );
  expect(found(pids).filter(isLive)).toEqual([]);
  expect(readLeft(folder)).toEqual([]);
});
