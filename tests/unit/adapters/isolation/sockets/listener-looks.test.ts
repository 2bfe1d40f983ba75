import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenerLooks } from "../../../../../lib/adapters/isolation/sockets/listener-looks.ts";
import type { SocketFile } from "../../../../../lib/adapters/isolation/sockets/socket-files.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const file = (path: string): SocketFile => ({ path, uid: 7, gid: 7, mode: 0o600, identity: path });

function rig() {
  const asked: string[] = [];
  const looks = listenerLooks({
    here(relative) {
      asked.push(relative ? "here, relative" : "here");
      return [file("/here")];
    },
    async elsewhere(uid) {
      asked.push(`elsewhere of ${uid}`);
      return [
        { network: "net:[1]", files: [file("/one")] },
        { network: "net:[2]", files: [file("/two")] },
      ];
    },
  });
  const watch = (uid: number, network: string) => {
    const heard: string[] = [];
    return {
      heard,
      stop: looks.add({ uid, network, hear: (files) => heard.push(...files.map(({ path }) => path)) }),
    };
  };
  return { asked, looks, watch };
}

test("one look serves all who watch, whenever they came", async () => {
  const { asked, watch } = rig();
  const first = watch(7, "net:[1]");
  await vi.advanceTimersByTimeAsync(4_000);
  const second = watch(7, "net:[2]");
  await vi.advanceTimersByTimeAsync(4_000);
  expect(asked).toEqual(["here", "here"]);
  expect(first.heard).toEqual(["/here", "/here"]);
  expect(second.heard).toEqual(["/here"]);
});

test("once a minute each hears of the other networks of its user, and not of its own", async () => {
  const { asked, watch } = rig();
  const watchers = [watch(7, "net:[1]"), watch(7, "net:[2]"), watch(8, "net:[3]")];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.filter((what) => what !== "here")).toEqual([
    "here, relative",
    "elsewhere of 7",
    "elsewhere of 8",
  ]);
  const far = watchers.map(({ heard }) => heard.filter((path) => path !== "/here"));
  expect(far).toEqual([["/two"], ["/one"], ["/one", "/two"]]);
});

test("nobody looks once nobody watches, and whoever comes then is served again", async () => {
  const { asked, watch } = rig();
  const [one, other] = [watch(7, "net:[1]"), watch(7, "net:[2]")];
  one.stop();
  await vi.advanceTimersByTimeAsync(4_000);
  expect([asked.length, one.heard, other.heard]).toEqual([1, [], ["/here"]]);
  other.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(1);
  const later = watch(7, "net:[1]");
  await vi.advanceTimersByTimeAsync(4_000);
  expect(later.heard).toEqual(["/here"]);
});

test("a look that fails is made up for by the next", async () => {
  let isFull = true;
  const heard: number[] = [];
  const looks = listenerLooks({
    here() {
      if (isFull) throw new Error("EMFILE");
      return [];
    },
    elsewhere: async () => [],
  });
  const stop = looks.add({ uid: 7, network: undefined, hear: (files) => heard.push(files.length) });
  await vi.advanceTimersByTimeAsync(4_000);
  isFull = false;
  await vi.advanceTimersByTimeAsync(4_000);
  expect(heard).toEqual([0]);
  stop();
});

test("what one bot cannot judge keeps no other from hearing", async () => {
  const { looks, watch } = rig();
  const hear = (): void => {
    throw new Error("EMFILE");
  };
  looks.add({ uid: 7, network: "net:[3]", hear });
  const other = watch(7, "net:[1]");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(other.heard.filter((path) => path === "/here")).toHaveLength(15);
  expect(other.heard.at(-1)).toBe("/two");
});

test("one user whose networks cannot be read keeps no other user from hearing of theirs", async () => {
  const looks = listenerLooks({
    here: () => [],
    async elsewhere(uid) {
      if (uid === 7) throw new Error("EMFILE");
      return [{ network: "net:[1]", files: [file("/one")] }];
    },
  });
  looks.add({ uid: 7, network: undefined, hear: () => {} });
  const heard: string[] = [];
  const hear = (files: readonly SocketFile[]) => heard.push(...files.map(({ path }) => path));
  looks.add({ uid: 8, network: undefined, hear });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(heard).toEqual(["/one"]);
});
