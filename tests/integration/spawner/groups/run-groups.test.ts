import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RunMemory } from "../../../../lib/adapters/process-table/tree-memory.ts";
import { runGroups } from "../../../../lib/adapters/spawner/run-groups.ts";
import type { RunId } from "../../../../lib/domain/ids.ts";
import type { KilledProcess } from "../../../../lib/domain/text/killed-processes.ts";
import { eventually } from "../../../support/eventually.ts";
import { signal } from "../../../support/processes/signal.ts";
import { bot, useSpawner } from "../rig.ts";

const rig = useSpawner();
const runId = () => randomUUID() as RunId;
const probe = runGroups().open(runId());
const isDelegated = probe !== undefined;
probe?.remove();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-groups-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function detached(run: RunId, onKilled: (killed: readonly KilledProcess[]) => void = () => {}) {
  const env = { PATH: "/usr/bin:/bin", WAIT_FOR_GROUP: isDelegated ? "yes" : "" };
  const child = await rig.spawn([bot("leaving/detaches.sh")], { runId: run, onKilled, env });
  const names = ["child", "session", "bare"];
  const pidOf = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, "m").exec(rig.stdout.text())?.[1]);
  await eventually(
    () => names.map(pidOf),
    // Each is told before it becomes its program.
    (pids) => pids.every((pid) => Number.isSafeInteger(pid) && programOf(pid) === "sleep"),
  );
  return { child, pids: names.map(pidOf), bare: pidOf("bare") };
}

const live = (pids: readonly number[]) => pids.filter((pid) => rig.table.startTicks(pid) !== undefined);

test.skipIf(!isDelegated)(
  "what left its group, its session and its environment is stopped with the run all the same",
  async () => {
    const run = runId();
    const { child, pids } = await detached(run);
    expect(child.heldBy?.()).toBe("cgroup");
    expect(runGroups().left(run)?.pids()).toEqual(expect.arrayContaining([child.pid, ...pids]));
    await child.stop({ signal: "TERM", graceMs: 5_000 });
    expect(live(pids)).toEqual([]);
    await child.ended;
    await eventually(
      () => runGroups().left(run),
      (group) => group === undefined,
    );
  },
);

test("what a run holds in memory has what left its session, and where the kernel keeps a group its environment too", async () => {
  const run = runId();
  const { child, pids } = await detached(run);
  const memory = new RunMemory();
  const held = (of: RunId, group: readonly number[]) =>
    memory.of([{ runId: of, pid: child.pid, group }]).get(child.pid) ?? 0;
  const [first = 0, second = 0, bare = 0] = pids;
  expect(await excessOf(() => held(runId(), []), [child.pid, first])).toBe(0);
  expect(await excessOf(() => held(run, []), [child.pid, first, second])).toBe(0);
  // Asked again, no environment is read, and nothing counts twice.
  expect(await excessOf(() => held(run, pids), [child.pid, first, second, bare])).toBe(0);
  for (const pid of live(pids)) signal(pid, "SIGKILL");
});

const programOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, "utf8").trim();

/** What was counted beyond what these processes hold. A young process still grows: what they hold has to be equal before and after. */
async function excessOf(held: () => number, pids: readonly number[]): Promise<number> {
  const truth = () => pids.reduce((total, pid) => total + residentOf(pid), 0);
  const { before, counted } = await eventually(
    () => ({ before: truth(), counted: held(), after: truth() }),
    ({ before, after }) => before === after,
  );
  return counted - before;
}

function residentOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[21]) * 4_096;
}

test("what outlives the main process is killed and named", async () => {
  const told: (readonly KilledProcess[])[] = [];
  const { child, pids } = await detached(runId(), (killed) => void told.push(killed));
  signal(child.pid, "SIGKILL");
  await child.ended;
  const found = isDelegated ? pids : pids.slice(0, 2);
  expect(live(found)).toEqual([]);
  expect(told.flat()).toEqual(expect.arrayContaining(found.map((pid) => ({ pid, program: "sleep" }))));
  for (const pid of live(pids)) signal(pid, "SIGKILL");
});

test.skipIf(!isDelegated)("the group of a dead launcher is found, emptied and taken away", async () => {
  const run = runId();
  const orphan = spawn("sleep", ["1000"], { detached: true, stdio: "ignore", env: {} });
  const group = runGroups().open(run);
  expect(await group?.add(orphan.pid ?? 0)).toBe(true);
  expect(await rig.spawner.killSurvivors(run)).toEqual([{ pid: orphan.pid, program: "sleep" }]);
  expect(runGroups().left(run)).toBeUndefined();
});

/** A proc file system that says where the groups are. */
function proc(mountinfo: string, cgroup: string): string {
  writeFileSync(join(folder, "mountinfo"), mountinfo);
  writeFileSync(join(folder, "cgroup"), cgroup);
  return folder;
}

test.each([
  ["no groups of version 2", () => proc("30 24 0:26 / /sys/fs/cgroup rw - tmpfs none rw\n", "4:memory:/\n")],
  [
    "a group outside of what a container sees",
    () => proc(`30 24 0:26 /pod /c rw - cgroup2 none rw\n`, "0::/other\n"),
  ],
  ["a group above the container's own", () => proc("30 24 0:26 / /c rw - cgroup2 none rw\n", "0::/../up\n")],
  [
    "a folder that is no group",
    () => {
      mkdirSync(join(folder, "mount/own"), { recursive: true });
      writeFileSync(join(folder, "mount/own/cgroup.procs"), "");
      return proc(`30 24 0:26 / ${folder}/mount rw - cgroup2 none rw\n`, "0::/own\n");
    },
  ],
])("with %s there is none, and nothing is left behind", (_case, prepare) => {
  const groups = runGroups(prepare());
  expect(groups.open(runId())).toBeUndefined();
  expect(groups.left(runId())).toBeUndefined();
  const own = join(folder, "mount/own");
  expect(existsSync(own) ? readdirSync(own) : []).toEqual(existsSync(own) ? ["cgroup.procs"] : []);
});

test("an empty group that nobody took away goes with the next launcher, one that was just made does not", () => {
  const own = join(folder, "mount/own");
  for (const name of ["launch-old", "launch-new", "other"]) mkdirSync(join(own, name), { recursive: true });
  writeFileSync(join(own, "cgroup.procs"), "");
  for (const name of ["launch-old", "other"]) utimesSync(join(own, name), 0, 0);
  runGroups(proc(`30 24 0:26 / ${folder}/mount rw - cgroup2 none rw\n`, "0::/own\n")).left(runId());
  expect(readdirSync(own).sort()).toEqual(["cgroup.procs", "launch-new", "other"]);
});

test("a container's own part of the tree is used as it is mounted, whatever that mount covers", () => {
  const own = join(folder, "mount/own");
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "cgroup.procs"), "");
  const run = runId();
  const made = join(own, `launch-${run}`);
  mkdirSync(made);
  writeFileSync(join(made, "cgroup.kill"), "");
  writeFileSync(join(made, "cgroup.procs"), "4711\n0\n");
  mkdirSync(join(made, "below"));
  writeFileSync(join(made, "below/cgroup.procs"), "4712\n");
  const mounts = ["/..", "/pod-1"].map((root) => `30 24 0:26 ${root} ${folder}/mount rw - cgroup2 none rw\n`);
  const groups = runGroups(proc(mounts.join(""), "0::/pod-1/own\n"));
  expect(groups.open(run)?.pids()).toEqual([4711, 4712]);
  expect(groups.left(run)?.pids()).toEqual([4711, 4712]);
});

test("a launcher that has left the group of its unit goes on in that one, and tells of what the kernel ended for its memory alone", () => {
  const own = join(folder, "mount/own");
  const run = runId();
  const made = join(own, `launch-${run}`);
  for (const each of [join(own, "launch-own"), made]) {
    mkdirSync(each, { recursive: true });
    writeFileSync(join(each, "cgroup.procs"), "");
  }
  writeFileSync(join(own, "cgroup.procs"), "");
  writeFileSync(join(made, "cgroup.kill"), "");
  const group = runGroups(
    proc(`30 24 0:26 / ${folder}/mount rw - cgroup2 none rw\n`, "0::/own/launch-own\n"),
  ).open(run);
  expect(readdirSync(own).sort()).toEqual(["cgroup.procs", "launch-own", `launch-${run}`].sort());
  const endsWith = (events: string) => {
    writeFileSync(join(made, "memory.events"), events);
    return group?.memoryEnds();
  };
  expect(group?.memoryEnds()).toBe(0);
  expect(endsWith("low 0\nhigh 0\nmax 90\noom 2\noom_kill 3\noom_group_kill 1\n")).toBe(2);
  // The whole host had no memory left.
  expect(endsWith("low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\noom_group_kill 0\n")).toBe(0);
});
