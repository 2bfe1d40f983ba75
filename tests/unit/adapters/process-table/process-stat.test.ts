import { expect, test } from "vitest";
import { judgeBy } from "../../../../lib/adapters/process-table/judge.ts";
import { isLive, parseStat } from "../../../../lib/adapters/process-table/process-stat.ts";
import { createProcessTable } from "../../../../lib/adapters/process-table/process-table.ts";
import { parsePsRows } from "../../../../lib/adapters/process-table/ps-process-table.ts";

const rest = "4 1 7 7 0 -1 4194304 99 0 0 0 0 0 0 0 20 0 1 0 125717 3133440 414";

test("a program name with blanks and parentheses does not shift the fields of its stat line", () => {
  const stat = parseStat(`42 (a) S (b c)) S 4 ${rest.slice(2).replace("1 7", "7")}`);
  expect(stat).toEqual({
    pid: 42,
    program: "a) S (b c)",
    state: "S",
    parentPid: 4,
    groupId: 7,
    startTicks: 125717,
  });
});

test("a zombie and a process being removed are not live, a stopped one is", () => {
  const live = ["R", "S", "D", "T", "t", "I", "Z", "X"].filter((state) => {
    const stat = parseStat(`42 (x) ${state} ${rest}`);
    return stat !== undefined && isLive(stat);
  });
  expect(live).toEqual(["R", "S", "D", "T", "t", "I"]);
});

test("text that is no stat line is none", () => {
  expect(["", "garbage", "42 (x)", "42 (x) S 1"].map(parseStat)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

const self = { host: "a", machineId: "m", bootId: "b", pidNamespace: "1", pid: 5, startTicks: 50 };

test("an identity of another machine, boot or pid namespace is judged elsewhere, whatever lives under its pid", () => {
  const verdicts = [{ machineId: "n" }, { bootId: "c" }, { pidNamespace: "2" }].map((change) =>
    judgeBy(self, () => 50, { ...self, ...change }),
  );
  expect(verdicts).toEqual(["elsewhere", "elsewhere", "elsewhere"]);
});

test("a reused pid is dead, because the start ticks differ", () => {
  expect(judgeBy(self, () => 51, self)).toBe("dead");
  expect(judgeBy(self, () => undefined, self)).toBe("dead");
  expect(judgeBy(self, () => 50, { ...self, host: "renamed" })).toBe("alive");
});

test("rows of ps give pid, group and start second, without zombies", () => {
  const output = "    1     1 Ss   Mon Nov 23 01:00:00 2026\n  77    70 Z+   Mon Nov 23 01:00:01 2026\n";
  expect(parsePsRows(output)).toEqual([
    { pid: 1, groupId: 1, startTicks: Date.parse("Mon Nov 23 01:00:00 2026") / 1000, state: "Ss" },
  ]);
});

test("a platform without a process table is refused with its name", () => {
  expect(() => createProcessTable("win32")).toThrow("not on win32");
});
