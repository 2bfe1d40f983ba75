import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stateLayout } from "../../../lib/adapters/embedded-postgres/server/state-layout.ts";
import { patient } from "../../patience/patience.ts";
import { type ServerRig, serverRig } from "../../support/database/embedded-server.ts";
import { eventually } from "../../support/eventually.ts";

const isRoot = process.getuid?.() === 0;
const starter = fileURLToPath(new URL("../../fixtures/database/start.mjs", import.meta.url));
let rig: ServerRig;

beforeEach(async () => {
  rig = await serverRig();
});

afterEach(() => rig.close());

/** Runs a command with pids and shared memory of its own, as a container does, on the same files. */
function inContainer(...command: readonly string[]): string {
  const flags = ["--pid", "--ipc", "--fork", "--mount-proc", "--kill-child"];
  const { status, stdout, stderr } = spawnSync("unshare", [...flags, ...command], {
    encoding: "utf8",
    timeout: patient(20_000),
  });
  if (status !== 0) throw new Error(`unshare: ${stderr}`);
  return stdout.trim();
}

test.runIf(isRoot)(
  "a second container with the same folder cannot start a server beside the first",
  async () => {
    const { socketFolder, ...rest } = await rig.open().ensure();
    const pidFile = join((await rig.open().status()).dataFolder ?? "", "postmaster.pid");
    const before = readFileSync(pidFile, "utf8");
    expect(inContainer(process.execPath, starter, rig.state)).toBe("refused");
    // Where the first server's pid happens to be another process, its pid file looks stale and must stay all the same.
    const [pid] = rig.postmasters();
    const impostor = `echo ${(pid ?? 0) - 1} > /proc/sys/kernel/ns_last_pid; cd / && sleep 60 & [ $! = ${pid} ] || exit 9`;
    const script = `${impostor}; '${process.execPath}' '${starter}' '${rig.state}'; kill $!`;
    expect(inContainer("sh", "-c", script)).toBe("refused");
    expect(readFileSync(pidFile, "utf8")).toBe(before);
    const client = new pg.Client({ ...rest, host: socketFolder });
    await client.connect();
    await client.end();
  },
);

test("a server that another one's lock keeps out is waited for, and the wait is bounded and explained", async () => {
  await rig.open().ensure();
  await rig.open().stop();
  const { dataLock } = stateLayout(rig.state);
  const holder = spawn("flock", ["-n", dataLock, "cat"], { stdio: ["pipe", "pipe", "ignore"] });
  holder.stdin.write("held\n");
  await once(holder.stdout, "data");
  const closed = once(holder, "close");
  try {
    await expect(rig.open({ startWithinMs: 1500 }).ensure()).rejects.toMatchObject({
      code: "LAUNCH_STORE_UNREACHABLE",
      message: expect.stringContaining("is in use by another server"),
    });
    const waiting = rig.open().ensure();
    await eventually(
      () => readdirSync(join(rig.state, "db")).includes("start.lock"),
      (begun) => begun,
    );
    holder.stdin.end();
    await waiting;
  } finally {
    holder.stdin.end();
    await closed;
  }
});
