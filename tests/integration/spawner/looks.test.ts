import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import { type ProcReader, procReader } from "../../../lib/adapters/process-table/proc-files.ts";
import { passThrough } from "../../../lib/adapters/spawner/pass-through.ts";
import { createSpawner } from "../../../lib/adapters/spawner/spawner.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import type { ChildProcessHandle } from "../../../lib/ports/spawner.ts";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";

/*
 * A stop looks at the processes of the host on the thread that carries the traffic of all bots. What it reads is counted here, since
 * its time would say more of the machine than of the program.
 */

const sink = new PassThrough().setMaxListeners(0).resume();
const started: ChildProcessHandle[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) await child.kill();
});

/** A spawner that tells how often it passed over all processes, and of which it read something. */
function countingSpawner(change: (path: string, text: string | undefined) => string | undefined) {
  let passes = 0;
  const read: string[] = [];
  const note = (path: string, text: string | undefined) => {
    read.push(path);
    return change(path, text);
  };
  const reader: ProcReader = {
    names(folder) {
      passes += 1;
      return procReader.names(folder);
    },
    text: (path) => note(path, procReader.text(path)),
    link: (path) => note(path, procReader.link(path)),
  };
  const table = createLinuxProcessTable("/proc", reader);
  const spawner = createSpawner({ processTable: table });
  return {
    spawner,
    table,
    start: async (command: readonly string[]) => {
      const runId = randomUUID() as RunId;
      const child = await spawner.spawn({
        runId,
        command,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin", LAUNCH_RUN_ID: runId },
        tty: false,
        logFile: undefined,
        output: passThrough({ stdout: sink, stderr: sink }),
        tier: { tier: "direct" },
      });
      started.push(child);
      return { ...child, runId };
    },
    /** What the work reads: the passes, and the processes by what is read of each. */
    counted: async (work: () => Promise<unknown>) => {
      [passes, read.length] = [0, 0];
      await work();
      const of = (file: string) =>
        read.flatMap((path) => {
          const [, pid, name] = /^\/proc\/(\d+)\/(.+)$/.exec(path) ?? [];
          return name === file ? [Number(pid)] : [];
        });
      return { passes, lines: of("stat"), environments: of("environ") };
    },
  };
}

const asIs = (_path: string, text: string | undefined) => text;
/** In another pid namespace than the host's, pids tell nothing of who is older. */
const asInContainer = (path: string, text: string | undefined) =>
  path.endsWith("/ns/pid") ? "pid:[4026532281]" : text;
const stop = { signal: "TERM", graceMs: patient(10_000) } as const;

test("a stop looks once for whom to ask and twice for who is left, and reads nothing of a process that is older than the launcher", async () => {
  const { start, counted } = countingSpawner(asInContainer);
  const child = await start(["sleep", "600"]);
  const { passes, lines, environments } = await counted(() => child.stop(stop));
  expect(passes).toBe(3);
  expect(Math.max(...[process.ppid, 1].map((pid) => lines.filter((each) => each === pid).length))).toBe(3);
  expect(environments).toContain(child.pid);
  expect(environments).not.toContain(process.ppid);
  expect(environments).not.toContain(1);
});

test("on the host itself not even the lines of older processes are read, while the pids have not gone round", async () => {
  const { start, counted } = countingSpawner(asIs);
  const child = await start(["sleep", "600"]);
  const { passes, lines } = await counted(() => child.stop(stop));
  expect(passes).toBe(3);
  expect(lines).toContain(child.pid);
  // Where this test runs in a container of its own, all are read.
  const isHost = procReader.link("/proc/self/ns/pid") === "pid:[4026531836]";
  expect(lines.includes(process.ppid)).toBe(!isHost);
});

test("twenty units that are stopped at once share their looks, and their kills too", async () => {
  const { start, counted } = countingSpawner(asIs);
  const startAll = () => Promise.all(Array.from({ length: 20 }, () => start(["sleep", "600"])));
  for (const end of ["stop", "kill"] as const) {
    const children = await startAll();
    const { passes } = await counted(() => Promise.all(children.map((child) => child[end](stop))));
    expect(passes).toBeGreaterThanOrEqual(2);
    expect(passes).toBeLessThan(12);
  }
});

test("a stop or kill after the tree is gone looks at nothing", async () => {
  const { start, counted } = countingSpawner(asIs);
  const child = await start(["sleep", "600"]);
  await child.stop(stop);
  await child.ended;
  expect((await counted(() => Promise.all([child.stop(stop), child.kill()]))).passes).toBe(0);
});

test("survivors of many runs of other launchers are looked for together", async () => {
  const { spawner, counted } = countingSpawner(asIs);
  const runIds = Array.from({ length: 20 }, () => randomUUID() as RunId);
  const left = spawn("sleep", ["600"], {
    env: { PATH: "/usr/bin:/bin", LAUNCH_RUN_ID: runIds[7] },
    detached: true,
  });
  await once(left, "spawn");
  let killed: readonly unknown[] = [];
  const { passes } = await counted(async () => {
    killed = (await Promise.all(runIds.map((runId) => spawner.killSurvivors(runId)))).flat();
  });
  expect(killed).toEqual([{ pid: left.pid, program: "sleep" }]);
  expect(passes).toBeLessThan(12);
});

test("what left its group is found also where pids have gone round since the launcher began", async () => {
  let reads = 0;
  // The count of forks says that they have, and again between any two looks.
  const { table, start, counted } = countingSpawner((path, text) => {
    if (path !== "/proc/stat") return text;
    reads += 1;
    return text?.replace(/^processes \d+$/m, `processes ${reads * 10_000_000}`);
  });
  const child = await start(["sh", "-c", "setsid sleep 600 & exec sleep 600"]);
  const members = () => table.withRunId(child.runId);
  const [left = 0] = (await eventually(members, (pids) => pids.length === 2)).filter(
    (pid) => pid !== child.pid,
  );
  const { environments } = await counted(() => child.stop(stop));
  expect(table.startTicks(left)).toBeUndefined();
  expect(environments).toContain(left);
  expect(environments).not.toContain(process.ppid);
});
