import { expect, test } from "vitest";
import { judgePidFile, parsePidFile } from "../../../../lib/adapters/embedded-postgres/cluster/pid-file.ts";
import type { ProcessEvidence } from "../../../../lib/ports/process-table.ts";

const data = "/state/db/pg18";
const text = `${process.pid}\n${data}\n1795000000\n5432\n/state/db/run\n\n   17 42\nready   \n`;

function judge(
  place: ReturnType<ProcessEvidence["workingFolder"]>,
  users: number | undefined,
  fileText = text,
): string {
  const file = parsePidFile(fileText);
  if (file === undefined) throw new Error("not a pid file");
  return judgePidFile(file, data, {
    workingFolder: () => place,
    sharedMemoryUsers: (id) => (id === 42 ? users : undefined),
  });
}

test("the pid and the shared memory of a pid file are read, also a stand-alone back end's", () => {
  expect(parsePidFile(text)).toMatchObject({ pid: process.pid, sharedMemoryId: 42 });
  expect(parsePidFile("-77\n/d\n")).toMatchObject({ pid: 77, sharedMemoryId: undefined });
  expect(parsePidFile("")).toBeUndefined();
  expect(parsePidFile("garbage")).toBeUndefined();
});

test("a process that works in the data folder is a live server", () => {
  expect(judge({ kind: "folder", path: data }, 6)).toBe("live");
});

test("a process that works elsewhere blocks the start only when nothing of the old server is left", () => {
  expect(judge({ kind: "folder", path: "/" }, 0)).toBe("blocking");
  expect(judge({ kind: "folder", path: "/" }, 2)).toBe("leaving");
  expect(judge({ kind: "folder", path: "/" }, undefined)).toBe("unknown");
});

test("a zombie that answers to signals blocks the start, a pid that is gone does not", () => {
  expect(judge({ kind: "none" }, 0)).toBe("blocking");
  expect(judge({ kind: "none" }, 0, text.replace(/^\d+/, "4194304"))).toBe("gone");
});

test("without evidence nothing is judged", () => {
  expect(judge({ kind: "hidden" }, 0)).toBe("unknown");
});

test("a socket's lock file, which names no shared memory, is judged by the process alone", () => {
  const lines = text.split("\n").slice(0, 5).join("\n");
  expect(judge({ kind: "folder", path: "/" }, undefined, `${lines}\n`)).toBe("blocking");
});
