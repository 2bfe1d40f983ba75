import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import { makeZombie } from "../../support/processes/zombie.ts";

const table = createLinuxProcessTable();
const runId = "00000000-0000-4000-8000-00000000f00d" as RunId;
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    const closed = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    child.kill("SIGKILL");
    await closed;
  }
});

async function startCat(
  env: Record<string, string> = {},
  detached = false,
): Promise<ChildProcess & { pid: number }> {
  const child = spawn("cat", {
    env: { PATH: "/usr/bin:/bin", ...env },
    detached,
    stdio: ["pipe", "pipe", "ignore"],
  });
  children.push(child);
  // An answer proves that the exec is over: between fork and exec the child still shows the parent's environment.
  child.stdin.write("x");
  await once(child.stdout, "data");
  return child as ChildProcess & { pid: number };
}

test("the identity of this process is alive, with host, boot and pid namespace filled in", () => {
  const self = table.self();
  expect(self.pid).toBe(process.pid);
  expect(table.judge(self)).toBe("alive");
  expect([self.host, self.bootId, self.pidNamespace].every((part) => part !== "")).toBe(true);
});

test("a child is alive until it is reaped or a zombie", async () => {
  const child = await startCat();
  const identity = { ...table.self(), pid: child.pid, startTicks: table.startTicks(child.pid) ?? -1 };
  expect(table.judge(identity)).toBe("alive");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(table.judge(identity)).toBe("dead");
  expect(table.startTicks(child.pid)).toBeUndefined();
});

test("a process that this user may not see is not taken for dead", async () => {
  const child = await startCat();
  const identity = { ...table.self(), pid: child.pid, startTicks: table.startTicks(child.pid) ?? -1 };
  // What a proc file system mounted with hidepid=2 shows: oneself alone.
  const proc = mkdtempSync(join(tmpdir(), "slipway-proc-"));
  for (const name of ["self", "sys", `${process.pid}`]) symlinkSync(join("/proc", name), join(proc, name));
  try {
    const blind = createLinuxProcessTable(proc);
    expect(blind.judge(identity)).toBe("elsewhere");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(blind.judge(identity)).toBe("dead");
  } finally {
    rmSync(proc, { recursive: true });
  }
});

test("a child is stopped from SIGSTOP to SIGCONT, alive all the while", async () => {
  const child = await startCat();
  const identity = { ...table.self(), pid: child.pid, startTicks: table.startTicks(child.pid) ?? -1 };
  expect(table.isStopped(child.pid)).toBe(false);
  child.kill("SIGSTOP");
  await eventually(
    () => table.isStopped(child.pid),
    (isStopped) => isStopped,
  );
  expect(table.judge(identity)).toBe("alive");
  child.kill("SIGCONT");
  await eventually(
    () => table.isStopped(child.pid),
    (isStopped) => !isStopped,
  );
});

test("a zombie counts as none", async () => {
  const zombie = await makeZombie();
  children.push(zombie.parent);
  expect(table.startTicks(zombie.pid)).toBeUndefined();
});

test("the run-id scan finds exactly the processes that carry the id", async () => {
  const carrier = await startCat({ LAUNCH_RUN_ID: runId });
  await startCat({ LAUNCH_RUN_ID: `${runId}0`, NOT_LAUNCH_RUN_ID: runId });
  expect(table.withRunId(runId)).toEqual([carrier.pid]);
});

test("a process group lists its live members", async () => {
  const leader = await startCat({}, true);
  expect(table.inGroup(leader.pid)).toEqual([leader.pid]);
  expect(table.inGroup(process.pid === 1 ? 2 : leader.pid + 1_000_000)).toEqual([]);
});

test("a limit of open files is no sign that a process is gone", () => {
  const program = `
    import { execFileSync } from "node:child_process";
    import { createLinuxProcessTable } from ${JSON.stringify(builtFile("lib/adapters/process-table/linux-process-table.js"))};
    const table = createLinuxProcessTable();
    const parent = { ...table.self(), pid: process.ppid, startTicks: table.startTicks(process.ppid) };
    execFileSync("prlimit", ["--pid=" + process.pid, "--nofile=3:3"]);
    const asked = [() => table.judge(parent), () => table.startTicks(process.ppid), () => table.withRunId("x")];
    console.log(asked.map((ask) => { try { return ask(); } catch (error) { return error.code; } }).join());`;
  const words = ["--input-type=module", "-e", program];
  expect(execFileSync(process.execPath, words, { encoding: "utf8" })).toBe("EMFILE,EMFILE,EMFILE\n");
});
