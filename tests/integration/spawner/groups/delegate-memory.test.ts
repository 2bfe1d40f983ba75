import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { delegateMemory } from "../../../../lib/adapters/spawner/delegate-memory.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-memory-"));
  mkdirSync(join(folder, "own"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A group as the kernel shows it; what is in it does not leave it. */
function group(files: Readonly<Record<string, string>>): string {
  const usual = {
    "cgroup.controllers": "cpu memory pids\n",
    "cgroup.subtree_control": "\n",
    "cgroup.type": "domain\n",
    "cgroup.procs": "",
  };
  const own = join(folder, "own");
  for (const [name, text] of Object.entries({ ...usual, ...files }))
    if (text !== "none") writeFileSync(join(own, name), text);
  return own;
}

/** Processes by their parents. */
function proc(parents: Readonly<Record<number, number>>): string {
  for (const [pid, parent] of Object.entries(parents)) {
    mkdirSync(join(folder, "proc", pid), { recursive: true });
    writeFileSync(join(folder, "proc", pid, "stat"), `${pid} (a ) b) S ${parent} 1 1`);
  }
  return join(folder, "proc");
}

const control = (own: string) => readFileSync(join(own, "cgroup.subtree_control"), "utf8").trim();
const me = process.pid;
const [child, grandchild, shell, sibling] = [me + 1, me + 2, me + 3, me + 4] as const;
const family = { 1: 0, [shell]: 1, [me]: shell, [child]: me, [grandchild]: child, [sibling]: shell };

test("memory is limited where the group of the launcher is empty, and nothing else is asked where it is limited already", async () => {
  const own = group({});
  expect(await delegateMemory(own, proc(family))).toBe(true);
  expect(control(own)).toBe("+memory");
  const before = group({ "cgroup.subtree_control": "cpu memory\n", "cgroup.procs": `${shell}\n` });
  expect(await delegateMemory(before, proc(family))).toBe(true);
  expect(existsSync(join(own, "launch-own"))).toBe(false);
});

test("the top of the tree need not be empty", async () => {
  const own = group({ "cgroup.type": "none", "cgroup.procs": `${shell}\n` });
  expect(await delegateMemory(own, proc(family))).toBe(true);
  expect([control(own), existsSync(join(own, "launch-own"))]).toEqual(["+memory", false]);
});

test.each([
  ["the shell that started the launcher", `${me}\n${shell}\n`],
  ["another child of that shell", `${me}\n${child}\n${sibling}\n`],
  ["a process of another pid namespace", `${me}\n0\n`],
])("no memory is limited, and nobody is moved, where the group also holds %s", async (_what, procs) => {
  const own = group({ "cgroup.procs": procs });
  expect(await delegateMemory(own, proc(family))).toBe(false);
  expect([control(own), existsSync(join(own, "launch-own"))]).toEqual(["", false]);
});

test("no memory is limited where the kernel gives none to the group", async () => {
  const own = group({ "cgroup.controllers": "cpuset cpu io pids\n" });
  expect(await delegateMemory(own, proc(family))).toBe(false);
  expect(control(own)).toBe("");
});

test("the launcher and what has come from it leave the group first, and what does not leave is not waited for", async () => {
  const gone = me + 5;
  const own = group({ "cgroup.procs": `${me}\n${child}\n${grandchild}\n${gone}\n` });
  expect(await delegateMemory(own, proc(family))).toBe(false);
  // The last one that was written: here nothing leaves.
  expect(readFileSync(join(own, "launch-own/cgroup.procs"), "utf8")).toBe(`${gone}`);
  expect(control(own)).toBe("");
});
