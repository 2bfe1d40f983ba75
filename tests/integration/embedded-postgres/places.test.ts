import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import type { MonotonicMs } from "../../../lib/domain/time.ts";
import { type ServerRig, serverRig } from "../../support/database/embedded-server.ts";

const isRoot = process.getuid?.() === 0;
let rig: ServerRig;

beforeEach(async () => {
  rig = await serverRig();
});

afterEach(() => rig.close());

/** Takes another state folder for this test. */
async function moveTo(inside: string): Promise<void> {
  await rig.close();
  rig = await serverRig({ inside, from: "nothing" });
}

async function expectItAnswers(): Promise<void> {
  const { socketFolder, ...rest } = await rig.open().ensure();
  const client = new pg.Client({ ...rest, host: socketFolder });
  await client.connect();
  await client.end();
}

test("a server that was started is asked at once", async () => {
  const waits: number[] = [];
  const after: typeof systemClock.after = (ms, work) => {
    waits.push(ms);
    return systemClock.after(ms, work);
  };
  await rig.open({ clock: { ...systemClock, after } }).ensure();
  // What ends a command that hangs is a wait of many seconds.
  expect(waits.filter((ms) => ms < 1_000)).toEqual([]);
});

test("a server whose data took longer to make than a start may take is used", async () => {
  const runs = join(rig.state, "db/pg18/postmaster.pid");
  // An hour passes until the server runs.
  const monotonicMs = () => (systemClock.monotonicMs() + (existsSync(runs) ? 3_600_000 : 0)) as MonotonicMs;
  await expect(rig.open({ clock: { ...systemClock, monotonicMs } }).ensure()).resolves.toBeDefined();
});

test("a state folder too deep for a socket gets one in /tmp, for the server's user alone", async () => {
  await moveTo("deep/".repeat(24));
  await expectItAnswers();
  const { socketFolder } = rig.open().address();
  expect(socketFolder).toMatch(/^\/tmp\/launch-\d+-[0-9a-f]{16}$/);
  expect(lstatSync(socketFolder).mode & 0o777).toBe(0o700);
  expect(rig.postmasters()).toHaveLength(1);
});

test("a name with blanks, quotes, commas and letters beyond ASCII is as good as any", async () => {
  await moveTo("it's odd, (é) #1; 100%");
  await expectItAnswers();
  expect(await rig.open().stop()).toBe("stopped");
});

test("a name that PostgreSQL's own shell commands would misread is refused before anything is made", async () => {
  await moveTo("$HOME");
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    message: expect.stringContaining(rig.state),
  });
  expect(existsSync(rig.state)).toBe(false);
});

test.runIf(isRoot)("a socket folder that somebody else put in /tmp is refused", async () => {
  await moveTo("deep/".repeat(24));
  const { socketFolder } = rig.open().address();
  mkdirSync(socketFolder, { mode: 0o755 });
  chownSync(socketFolder, 65_534, 65_534);
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    message: expect.stringContaining(`${socketFolder} belongs to uid 65534`),
  });
});

test.runIf(isRoot)("a parent that the server's user cannot pass is named", async () => {
  await moveTo("closed");
  const closed = dirname(rig.state);
  mkdirSync(closed, { mode: 0o700 });
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    message: expect.stringContaining(`has no access through ${closed} `),
    hint: expect.stringContaining(`chmod o+x ${closed}`),
  });
  chmodSync(closed, 0o711);
  await expectItAnswers();
});

test("a state folder that cannot be made is named", async () => {
  await moveTo("file");
  writeFileSync(dirname(rig.state), "in the way");
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    exitStatus: 78,
    message: expect.stringContaining(rig.state),
  });
});

test("copied binaries that were damaged are copied anew", async () => {
  const engines = join(rig.state, "engine");
  const [version = ""] = readdirSync(engines);
  const binary = join(engines, version, "bin", "postgres");
  // Its inode is shared with other tests' copies.
  rmSync(binary);
  writeFileSync(binary, "");
  await expectItAnswers();
  expect(readdirSync(engines)).toEqual([version]);
});

test("without any binaries both ways out are told", async () => {
  await moveTo("empty");
  const server = rig.open({ engine: "embedded", resolveFrom: "/nonexistent/index.js" });
  await expect(server.ensure()).rejects.toMatchObject({
    code: "LAUNCH_ENGINE_MISSING",
    hint: expect.stringMatching(/LAUNCH_DATABASE_URL.*apt install postgresql/),
  });
});

test("data of another major version is left alone", async () => {
  const db = join(rig.state, "db");
  renameSync(join(db, "pg18"), join(db, "pg12"));
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STATE_UNUSABLE",
    message: expect.stringContaining("holds data of PostgreSQL 12"),
  });
  expect(readdirSync(db)).not.toContain("pg18");
});

test("a server that cannot start gives the last lines of its log", async () => {
  const { dataFolder = "" } = await rig.open().status();
  rmSync(join(dataFolder, "global", "pg_control"));
  await expect(rig.open().ensure()).rejects.toMatchObject({
    code: "LAUNCH_STORE_UNREACHABLE",
    message: expect.stringContaining("could not find the database system"),
  });
});

test.runIf(isRoot)("a disk that fills up is named, and the next try on a larger one succeeds", async () => {
  await moveTo("small");
  const mount = (size: string) =>
    spawnSync("mount", ["-t", "tmpfs", "-o", `mode=755,size=${size}`, "none", rig.state], {
      encoding: "utf8",
    });
  mkdirSync(rig.state, { recursive: true });
  if (mount("80m").status !== 0) throw new Error("root without the right to mount");
  try {
    await expect(rig.open().ensure()).rejects.toMatchObject({
      code: "LAUNCH_STATE_UNUSABLE",
      message: expect.stringMatching(/full|No space left/),
    });
    expect(readdirSync(join(rig.state, "db")).filter((name) => name.startsWith("pg"))).toEqual([]);
    expect(spawnSync("mount", ["-o", "remount,size=400m", rig.state]).status).toBe(0);
    await expectItAnswers();
    await rig.open().stop();
  } finally {
    await rig.open().stop();
    spawnSync("umount", [rig.state]);
  }
});
