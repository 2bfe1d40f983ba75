import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { createLinuxProcessTable } from "../../../lib/adapters/process-table/linux-process-table.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { eventually } from "../../support/eventually.ts";

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

test("a zombie counts as none", async () => {
  // The shell execs into a program that never waits for its earlier child.
  const parent = spawn("sh", ["-c", "true & echo $!; exec cat"], { stdio: ["pipe", "pipe", "ignore"] });
  children.push(parent);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const zombie = Number(line.toString());
  const stat = () => readFileSync(`/proc/${zombie}/stat`, "utf8");
  await eventually(stat, (line) => line.includes(") Z "));
  expect(table.startTicks(zombie)).toBeUndefined();
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
