import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  judgeSockets,
  type SocketRules,
} from "../../../../../lib/adapters/isolation/sockets/judge-sockets.ts";
import type { SocketFile } from "../../../../../lib/adapters/isolation/sockets/socket-files.ts";

const rules: SocketRules = { uid: 1000, groups: [1000, 27], isUnseen: () => false, allowed: [] };

function file(path: string, change: Partial<SocketFile> = {}): SocketFile {
  return { path, uid: 1000, gid: 1000, mode: 0o140755, identity: path, ...change };
}

test("what the bot's user owns is covered, but for what carries nothing out", () => {
  const paths = ["/home/a/.ssh/master", "/var/lib/pg/.s.PGSQL.5432", "/run/systemd/journal/dev-log"];
  expect(
    judgeSockets(
      paths.map((path) => file(path)),
      rules,
    ),
  ).toEqual({
    covered: ["/home/a/.ssh/master"],
    reachable: ["/var/lib/pg/.s.PGSQL.5432", "/run/systemd/journal/dev-log"],
  });
});

test("what others own is counted where its file lets the bot in: everybody, or one of its groups", () => {
  const of = (path: string, mode: number, gid = 0) => file(path, { uid: 0, gid, mode: 0o140000 + mode });
  const files = [of("/all", 0o666), of("/none", 0o755), of("/group", 0o660, 27), of("/other", 0o660, 99)];
  expect(judgeSockets(files, rules)).toEqual({ covered: [], reachable: ["/all", "/group"] });
});

test("what the bot does not see anyhow, or may reach, is neither covered nor counted", () => {
  const narrow = { ...rules, isUnseen: (path: string) => path.startsWith("/tmp/"), allowed: ["/run/redis"] };
  expect(judgeSockets([file("/tmp/a"), file("/run/redis")], narrow)).toEqual({ covered: [], reachable: [] });
});

test("no socket of the bot's own user stays reachable but a harmless one", () => {
  const anyFile = fc.record({
    path: fc.constantFrom("/a", "/b/c", "/run/x", "/d/.s.PGSQL.1"),
    uid: fc.constantFrom(0, 1000),
    gid: fc.constantFrom(0, 1000),
    mode: fc.integer({ min: 0, max: 0o777 }),
    identity: fc.string(),
  });
  fc.assert(
    fc.property(fc.array(anyFile), (files) => {
      const { covered, reachable } = judgeSockets(files, rules);
      for (const each of files) {
        if (each.uid === 1000 && !each.path.includes("PGSQL")) expect(covered).toContain(each.path);
      }
      expect(reachable.every((path) => files.some((each) => each.path === path))).toBe(true);
    }),
  );
});
