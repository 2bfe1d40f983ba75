import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { parsePidFile } from "../../../lib/adapters/embedded-postgres/cluster/pid-file.ts";
import { parsePasswd } from "../../../lib/adapters/embedded-postgres/server/server-user.ts";
import { readRecord } from "../../../lib/adapters/host-lock/lock-records.ts";
import { refusedPort } from "../../../lib/adapters/isolation/network/refused-ports.ts";
import {
  parseSocketStatistics,
  parseUnixTable,
} from "../../../lib/adapters/isolation/sockets/listed-sockets.ts";
import { createLineStamper } from "../../../lib/adapters/log-store/line-stamper.ts";
import { parseStat } from "../../../lib/adapters/process-table/process-stat.ts";
import { parsePsRows } from "../../../lib/adapters/process-table/ps-process-table.ts";
import { passwordFor, withPassword } from "../../../lib/domain/database/pass-file.ts";
import { cutAt, fuzzed, fuzzedLess, longTexts, places, textOf } from "../../support/fuzz/fuzz.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("of what ss and the kernel list, each socket has a name from the text that is a file's", () => {
  const lists = textOf([
    "u_str LISTEN 0 4096 /run/a b 1234 * 0 ino:77 dev:0/1\n",
    "u_dgr UNCONN 0 0 @abstract 5 * 0\n",
    "u_seq LISTEN 0 5 * 9 * 0 ino:9\n",
    "0000: 00000002 00000000 00010000 0001 01 42 /run/b\n",
    "ffff: 00000002 00000000 00000000 0002 01 42 @c\n",
    " * 0 ",
    "ino:",
    "/tmp/\u00ff",
  ]);
  fc.assert(
    fc.property(lists, (text) => {
      for (const { name, inode } of [...parseSocketStatistics(text), ...parseUnixTable(text)]) {
        expect(text).toContain(name);
        expect(name).not.toMatch(/^@|^$/);
        expect(inode === undefined || inode >= 0).toBe(true);
      }
    }),
    fuzzed,
  );
  for (const text of [...longTexts, `u_str LISTEN 0 1 ${"/a 1 * 0 ".repeat(7_000)}`]) {
    parseSocketStatistics(text);
    parseUnixTable(text);
  }
});

test("a process of the kernel's or of ps has whole numbers, or is left out", () => {
  const stats = textOf([
    "42 (a) b) S 1 42 42 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 777 1 1\n",
    "7 (x) Z 1 7",
    "  42 42 Ss Mon Jan  5 10:00:00 2026\n",
    "1 1 Z Mon\n",
    " 99999999999999999999 1 S soon\n",
    ")",
    " 1e3",
  ]);
  fc.assert(
    fc.property(stats, (text) => {
      const stat = parseStat(text);
      if (stat !== undefined)
        for (const field of [stat.pid, stat.parentPid, stat.groupId, stat.startTicks])
          expect(Number.isInteger(field)).toBe(true);
      for (const row of parsePsRows(text))
        for (const field of [row.pid, row.groupId, row.startTicks])
          expect(Number.isSafeInteger(field)).toBe(true);
    }),
    fuzzed,
  );
  for (const text of longTexts) {
    parseStat(text);
    parsePsRows(text);
  }
});

test("users, pid files and ended sockets have numbers that the system could have given, or none", () => {
  const files = textOf([
    "trader:x:1000:1000::/home/trader:/bin/sh\n",
    "a:x:99999999999999999999:1\n",
    "-42\n",
    "4242\n/data\n1700000000\n5432\n/sock\nlocalhost\n 5432001 98304\n",
    "\n\n\n\n\n\n 1 x\n",
    "UNCONN 0 1 10.0.0.1:1 1.1.1.1:99999",
    "UNCONN 0 1 [::1]:1 [2001:db8::1]:9000\n",
  ]);
  fc.assert(
    fc.property(files, (text) => {
      for (const { uid, gid } of parsePasswd(text)) expect(Math.max(uid, gid)).toBeLessThan(2 ** 32);
      const file = parsePidFile(text);
      expect(file === undefined || (file.pid > 0 && file.pid < 2 ** 31)).toBe(true);
      expect(file?.sharedMemoryId ?? 0).toSatisfy(Number.isSafeInteger);
      for (const line of text.split("\n")) expect(refusedPort(line) ?? 0).toBeLessThan(65_536);
    }),
    fuzzed,
  );
  for (const text of longTexts) {
    parsePasswd(text);
    parsePidFile(text);
    refusedPort(text);
  }
});

const record = {
  socket: "s-1.sock",
  holder: {
    runId: "6b1f0c62-7f2b-4d0e-9d52-0d0f4c1c2a11",
    launcher: { host: "a", machineId: "m", bootId: "b", pidNamespace: "n", pid: 7, startTicks: 9 },
    database: "d",
    folder: "/f",
  },
  runs: ["6b1f0c62-7f2b-4d0e-9d52-0d0f4c1c2a11"],
};

test("a record of a host's lock is whole, or unreadable", () => {
  mkdirSync(join(folder, "lock"), { recursive: true });
  const whole = JSON.stringify(record);
  const bent = fc.oneof(textOf([whole, '{"socket":""}', "{", "null", whole.slice(0, 90)]), bentJson(record));
  fc.assert(
    fc.property(bent, (text) => {
      writeFileSync(join(folder, "lock", "1"), text);
      const read = readRecord(join(folder, "lock"), 1);
      if (read === undefined || read === "unreadable") return;
      const { socket, holder, runs } = read;
      for (const part of [
        socket,
        holder.runId,
        holder.database,
        holder.folder,
        holder.launcher.host,
        ...runs,
      ])
        expect(typeof part).toBe("string");
      // They become parts of paths.
      for (const name of [socket, holder.runId, ...runs]) expect(name).not.toMatch(/[/\0]/);
      expect(Number.isInteger(holder.launcher.pid)).toBe(true);
    }),
    fuzzedLess,
  );
});

test("a password that is written to a password file is the one that is read, and other lines stay", () => {
  const target = { host: "db.example", port: 5432, database: "desk", user: "launch" };
  const texts = textOf([
    "db.example:5432:desk:launch:old\n",
    "*:*:*:*:any\n",
    "# a:b\n",
    "\\",
    "\\:",
    "h:1:d:u:p\n",
    "\r\n",
  ]);
  const password = fc
    .oneof(fc.string({ minLength: 1 }), textOf(["p", ":", "\\", "*", "#"]))
    .filter((text) => text !== "");
  fc.assert(
    fc.property(texts, password, (text, secret) => {
      passwordFor(target, text);
      // Lines are all that the file has.
      fc.pre(!/[\r\n]/.test(secret));
      const next = withPassword(text, target, secret);
      expect(passwordFor(target, next)).toBe(secret);
      expect(passwordFor({ ...target, host: "h", port: 1, database: "d", user: "u" }, next)).toBe(
        passwordFor({ ...target, host: "h", port: 1, database: "d", user: "u" }, text),
      );
    }),
    fuzzed,
  );
  for (const text of longTexts) passwordFor(target, text);
});

test("what a bot prints is stamped line by line, however it is cut, and no byte is lost", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((all) => Buffer.from(all)),
    textOf(["line\n", "\u20ac", "\r", "\n\n"]).map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(bytes, places, (all, at) => {
      const stamper = createLineStamper();
      const pieces = cutAt(all, at, (start, end) => all.subarray(start, end));
      const out = Buffer.concat([...pieces.map((piece) => stamper.push(piece, "T ")), stamper.end("T ")]);
      const plain = out.toString("latin1").replaceAll(/^T /gm, "");
      expect(plain.replace(/\n$/, "")).toBe(all.toString("latin1").replace(/\n$/, ""));
    }),
    fuzzed,
  );
});

/** JSON of a value in which one part, at any depth, is another value. */
function bentJson(value: unknown): fc.Arbitrary<string> {
  const paths = pathsOf(value);
  return fc
    .tuple(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue(), fc.constantFrom("../x", "a/b", "", 1e300, null)),
    )
    .map(([path, other]) => JSON.stringify(replaced(value, path, other)));
}

function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, part]) => pathsOf(part).map((path) => [key, ...path]))];
}

function replaced(value: unknown, [first, ...rest]: readonly string[], other: unknown): unknown {
  if (first === undefined || typeof value !== "object" || value === null) return other;
  const parts = Object.entries(value).map(
    ([key, part]) => [key, key === first ? replaced(part, rest, other) : part] as const,
  );
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}
