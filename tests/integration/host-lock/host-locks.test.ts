import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { launchers } from "./lock-rig.ts";

const isRoot = process.getuid?.() === 0;
let folder: string;
let rig: ReturnType<typeof launchers>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-lock-"));
  chmodSync(folder, 0o755);
  for (const name of ["runtime", "one", "two"]) mkdirSync(join(folder, name));
  rig = launchers();
});
afterEach(() => {
  rig.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A launcher on one of two state folders that share the user's runtime folder. */
const on = (state: string) => ({ stateFolder: join(folder, state), runtimeFolder: join(folder, "runtime") });

describe("an account's lock", () => {
  test("is refused to a launcher of another state folder and database, with pid, database and folder of the holder", async () => {
    const first = await rig.start({ ...on("one"), database: "postgres://db.example/desk" });
    const second = await rig.start(on("two"));
    expect(first.told.kind).toBe("held");
    expect(second.told).toMatchObject({
      kind: "taken",
      place: join(folder, "runtime", "launch"),
      holder: {
        database: "postgres://db.example/desk",
        folder: process.cwd(),
        launcher: { pid: first.told.pid },
      },
    });
  });

  test("is held while its launcher is stopped, however many ask", async () => {
    const first = await rig.start(on("one"));
    first.child.kill("SIGSTOP");
    const others = await Promise.all(Array.from({ length: 5 }, () => rig.start(on("two"))));
    expect(others.map(({ told }) => told.kind)).toEqual(Array.from({ length: 5 }, () => "taken"));
  });

  test("is held by a launcher that was stopped so long that nobody gets into its queue any more", async () => {
    const first = await rig.start(on("one"));
    first.child.kill("SIGSTOP");
    const sockets = join(folder, "runtime", "launch", "sockets");
    const [name = ""] = readdirSync(sockets);
    const waiting: Socket[] = [];
    let refused: string | undefined;
    while (refused === undefined) {
      const socket = connect(join(sockets, name));
      waiting.push(socket);
      refused = await new Promise((resolve) => {
        socket.once("connect", () => resolve(undefined));
        socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
      });
    }
    const second = await rig.start(on("two"));
    for (const socket of waiting) socket.destroy();
    expect([refused, second.told.kind]).toEqual(["EAGAIN", "taken"]);
  });

  test("dies with its launcher on SIGKILL, and the next one is told whose processes may be left", async () => {
    const first = await rig.start(on("one"));
    await first.kill();
    const second = await rig.start(on("two"));
    expect([second.told.kind, second.told.left]).toEqual(["held", [first.runId]]);
    await second.kill();
    const third = await rig.start(on("one"));
    expect(new Set(third.told.left)).toEqual(new Set([first.runId, second.runId]));
  });

  test("that was given back leaves nobody to look for", async () => {
    const first = await rig.start(on("one"));
    await first.release();
    const second = await rig.start(on("two"));
    expect([second.told.kind, second.told.left]).toEqual(["held", []]);
    expect(readdirSync(join(folder, "runtime", "launch", "sockets"))).toHaveLength(1);
  });

  test("of a launcher that came after somebody removed the records is not given back by the first", async () => {
    const first = await rig.start(on("one"));
    const place = join(folder, "runtime", "launch", "4c5b0d3a-0000-4000-8000-000000000001");
    rmSync(place, { recursive: true });
    const second = await rig.start(on("two"));
    expect(second.told.kind).toBe("held");
    await first.release();
    const third = await rig.start(on("three"));
    expect(third.told).toMatchObject({ kind: "taken", holder: { launcher: { pid: second.told.pid } } });
  });

  test("is free again where a host that lost its power left an empty record", async () => {
    const place = join(folder, "one", "locks", "4c5b0d3a-0000-4000-8000-000000000001");
    mkdirSync(place, { recursive: true });
    chmodSync(join(folder, "one", "locks"), 0o700);
    writeFileSync(join(place, "7"), "");
    const first = await rig.start({ stateFolder: join(folder, "one") });
    expect([first.told.kind, readdirSync(place)]).toEqual(["held", ["8"]]);
    expect((await rig.start({ stateFolder: join(folder, "one") })).told.kind).toBe("taken");
  });

  test("keeps nobody off another account", async () => {
    await rig.start(on("one"));
    const other = await rig.start({ ...on("one"), account: "4c5b0d3a-0000-4000-8000-000000000002" });
    expect(other.told.kind).toBe("held");
  });

  test("goes to one of many that ask at the same moment, again after each death", async () => {
    for (const round of [1, 2]) {
      const signal = join(folder, `go-${round}`);
      const contenders = Array.from({ length: 5 }, (_, at) =>
        rig.begin({ ...on(at % 2 === 0 ? "one" : "two"), readyWhen: signal }),
      );
      for (const contender of contenders) await contender.nextLine();
      writeFileSync(signal, "go");
      const started = await Promise.all(contenders.map(({ launcher }) => launcher()));
      const winners = started.filter(({ told }) => told.kind === "held");
      expect(winners).toHaveLength(1);
      for (const { told } of started.filter((each) => !winners.includes(each)))
        expect(told.holder?.launcher.pid).toBe(winners[0]?.told.pid);
      await winners[0]?.kill();
    }
  });

  test("is found by a launcher without runtime folder, in the user's home or in the state folder", async () => {
    const home = join(folder, "home");
    mkdirSync(home);
    await rig.start({ ...on("one"), home });
    const sameState = await rig.start({ stateFolder: join(folder, "one") });
    expect(sameState.told).toMatchObject({ kind: "taken", place: join(folder, "one", "locks") });
    if (isRoot) return;
    const sameHome = await rig.start({ stateFolder: join(folder, "two"), home });
    expect(sameHome.told.kind).toBe("taken");
  });

  test("works in a folder whose path is too long for a socket", async () => {
    const deep = { stateFolder: join(folder, "x".repeat(120)) };
    await rig.start(deep);
    const second = await rig.start(deep);
    expect(second.told).toMatchObject({ kind: "taken" });
  });

  test("cannot be had where no folder takes it, and the error names each folder", async () => {
    writeFileSync(join(folder, "file"), "");
    const front = isRoot ? ["setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups"] : [];
    const none = await rig.start({ stateFolder: join(folder, "file", "state"), front });
    expect(none.told.kind).toBe("LAUNCH_STATE_UNUSABLE");
    expect(none.told.message).toContain(join(folder, "file", "state", "locks"));
  });
});

test("a collector's lock is that of its state folder and name", async () => {
  const key = (state: string, name: string) => ({
    kind: "collector",
    stateFolder: join(folder, state),
    name,
  });
  await rig.start({ ...on("one"), key: key("one", "funding") });
  const kinds = [];
  for (const other of [key("one", "funding"), key("one", "trades"), key("two", "funding")])
    kinds.push((await rig.start({ ...on("two"), key: other })).told.kind);
  expect(kinds).toEqual(["taken", "held", "held"]);
});

describe.runIf(isRoot)("as another user than root", () => {
  const front = ["setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups"];

  test("the lock is the user's: held by one launcher, refused to a second, in folders of the user alone", async () => {
    for (const name of ["runtime", "one", "two"]) chownSync(join(folder, name), 4711, 4711);
    await rig.start({ ...on("one"), front });
    const second = await rig.start({ ...on("two"), front });
    expect(second.told).toMatchObject({ kind: "taken", place: join(folder, "runtime", "launch") });
  });

  test("a runtime folder of root's, kept by sudo, is left alone and the state folder holds the lock", async () => {
    chownSync(join(folder, "one"), 4711, 4711);
    const first = await rig.start({ ...on("one"), front });
    expect(first.told.kind).toBe("held");
    expect(readdirSync(join(folder, "runtime"))).toEqual([]);
    const asRoot = await rig.start(on("one"));
    expect(asRoot.told).toMatchObject({ kind: "taken", place: join(folder, "one", "locks") });
  });
});
