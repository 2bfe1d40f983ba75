import { expect, test } from "vitest";
import {
  socketFile,
  socketFolder,
} from "../../../../lib/adapters/embedded-postgres/cluster/socket-folder.ts";
import { stateLayout } from "../../../../lib/adapters/embedded-postgres/server/state-layout.ts";

test("the socket lies in the state folder while its path fits into a socket's address", () => {
  const longest = `/${"x".repeat(107 - "/db/run/.s.PGSQL.5432".length - 1)}`;
  expect(socketFolder(stateLayout(longest), 7)).toBe(`${longest}/db/run`);
  expect(Buffer.byteLength(socketFile(socketFolder(stateLayout(longest), 7)))).toBe(107);
});

test("a longer path, counted in bytes, gets a short folder that differs by user and by state folder", () => {
  const long = stateLayout(`/${"é".repeat(50)}`);
  const other = stateLayout(`/${"é".repeat(51)}`);
  expect(socketFolder(long, 7)).toMatch(/^\/tmp\/launch-7-[0-9a-f]{16}$/);
  expect(new Set([socketFolder(long, 7), socketFolder(long, 8), socketFolder(other, 7)]).size).toBe(3);
});
