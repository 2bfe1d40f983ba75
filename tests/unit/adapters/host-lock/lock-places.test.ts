import { expect, test } from "vitest";
import { lockPlaces } from "../../../../lib/adapters/host-lock/lock-places.ts";

const user = {
  uid: 1000,
  runFolder: "/run",
  runtimeFolder: undefined,
  home: "/home/a",
  stateFolder: "/srv/desk",
};
const foldersOf = (change: Partial<Parameters<typeof lockPlaces>[0]>) =>
  lockPlaces({ ...user, ...change }).map(({ folder }) => folder);

test("a user's locks lie in the runtime folder found by uid, in the home and in the state folder", () => {
  const folders = ["/run/user/1000/launch", "/home/a/.local/state/launch/locks", "/srv/desk/locks"];
  expect(foldersOf({})).toEqual(folders);
});

test("root's lie in /run and in the state folder, whatever home and session it has", () => {
  expect(foldersOf({ uid: 0, home: "/root" })).toEqual(["/run/launch", "/srv/desk/locks"]);
});

test("a runtime folder that is named comes first, and each folder once; a relative one is none", () => {
  expect(foldersOf({ runtimeFolder: "/run/user/1000" })).toEqual(foldersOf({}));
  expect(foldersOf({ runtimeFolder: "/tmp/runtime" })[0]).toBe("/tmp/runtime/launch");
  expect(foldersOf({ runtimeFolder: "runtime" })).toEqual(foldersOf({}));
});

test("whatever state folder, session and home two launchers of one user have, they share a folder while one thing is the same", () => {
  const service = foldersOf({ home: undefined, stateFolder: "/var/lib/launch" });
  const session = foldersOf({ runtimeFolder: "/run/user/1000" });
  const cron = foldersOf({ stateFolder: "/tmp/other" });
  const shared = (a: readonly string[], b: readonly string[]) => a.some((folder) => b.includes(folder));
  expect([shared(service, session), shared(session, cron), shared(service, cron)]).toEqual([
    true,
    true,
    true,
  ]);
});
