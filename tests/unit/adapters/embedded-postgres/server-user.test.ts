import { expect, test } from "vitest";
import {
  nobody,
  parsePasswd,
  serverUser,
} from "../../../../lib/adapters/embedded-postgres/server/server-user.ts";
import { stateLayout } from "../../../../lib/adapters/embedded-postgres/server/state-layout.ts";

const empty = stateLayout("/nonexistent/state");
const root = "root:x:0:0:root:/root:/bin/bash";
const postgres = "postgres:x:101:104::/var/lib/postgresql:/bin/bash";
const launch = "launch:x:990:991::/var/lib/launch:/usr/sbin/nologin";
const asRoot = (...lines: readonly string[]) => serverUser(empty, 0, parsePasswd(lines.join("\n")));

test("root's server runs as the account launch, else postgres", () => {
  expect(asRoot(root, postgres, launch)).toMatchObject({ uid: 990, gid: 991, isNamed: true });
  expect(asRoot(root, postgres).dropTo).toEqual({ uid: 101, gid: 104 });
});

test("without such an account it gets a uid that no account has, never nobody's", () => {
  expect(asRoot(root)).toMatchObject({ uid: 59_731, isNamed: false });
  expect(asRoot(root, "other:x:59731:59731::/:/bin/sh")).toMatchObject({ uid: 59_732, isNamed: false });
  expect(asRoot(root, "launch:x:0:0::/:/bin/sh")).toMatchObject({ uid: 59_731 });
});

test("a normal user's server is the user's own", () => {
  expect(serverUser(empty, 1000, parsePasswd(postgres))).toMatchObject({ uid: 1000, dropTo: undefined });
});

test("lines of passwd that are none are left out, and nobody is found by name", () => {
  expect(parsePasswd("\n#comment\nbroken:x:one:2\n+::::::\n")).toEqual([]);
  expect(nobody(parsePasswd("nobody:x:99:98::/:/bin/false"))).toEqual({ uid: 99, gid: 98 });
  expect(nobody([])).toEqual({ uid: 65_534, gid: 65_534 });
});
