import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { socketFile } from "../../../lib/adapters/embedded-postgres/cluster/socket-folder.ts";
import { serverUser } from "../../../lib/adapters/embedded-postgres/server/server-user.ts";
import { stateLayout } from "../../../lib/adapters/embedded-postgres/server/state-layout.ts";
import { type ServerRig, serverRig } from "../../support/database/embedded-server.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { makeZombie } from "../../support/processes/zombie.ts";

let rig: ServerRig;
const strangers: ChildProcess[] = [];

beforeEach(async () => {
  rig = await serverRig();
});

afterEach(async () => {
  for (const stranger of strangers.splice(0)) {
    const closed =
      stranger.exitCode === null && stranger.signalCode === null ? once(stranger, "exit") : undefined;
    stranger.kill("SIGKILL");
    await closed;
  }
  await rig.close();
});

/** Kills the server hard and lets both of its pid files name another process. */
async function crashAndRename(pid: number): Promise<void> {
  const [postmaster = 0] = rig.postmasters();
  const { dataFolder = "" } = await rig.open().status();
  const { socketFolder } = rig.open().address();
  const files = [join(dataFolder, "postmaster.pid"), `${socketFile(socketFolder)}.lock`];
  const texts = files.map((file) => readFileSync(file, "utf8"));
  signal(postmaster, "SIGKILL");
  await eventually(rig.postmasters, (pids) => pids.length === 0);
  files.forEach((file, index) => {
    writeFileSync(file, (texts[index] ?? "").replace(/^\d+/, String(pid)));
  });
}

// PostgreSQL takes only processes of its own user for itself.
function asServerUser(): { uid?: number; gid?: number } {
  return serverUser(stateLayout(rig.state), process.getuid?.() ?? -1).dropTo ?? {};
}

test("a pid file whose pid was reused by another process of the server's user does not stop the start", async () => {
  await rig.open().ensure();
  const stranger = spawn("sleep", ["300"], { ...asServerUser(), cwd: "/", stdio: "ignore" });
  strangers.push(stranger);
  await once(stranger, "spawn");
  await crashAndRename(stranger.pid ?? 0);
  expect((await rig.open().status()).kind).toBe("stale");
  await rig.open().ensure();
  expect(rig.postmasters()).toHaveLength(1);
});

test("a pid file that names a zombie does not stop the start", async () => {
  await rig.open().ensure();
  const zombie = await makeZombie(asServerUser());
  strangers.push(zombie.parent);
  await crashAndRename(zombie.pid);
  await rig.open().ensure();
  expect(rig.postmasters()).toHaveLength(1);
});

test("a live server is found by its pid file and never started twice", async () => {
  await rig.open().ensure();
  const [pid] = rig.postmasters();
  const status = await rig.open().status();
  expect(status).toMatchObject({ kind: "running", pid });
  expect(await rig.open().stop()).toBe("stopped");
  expect((await rig.open().status()).kind).toBe("stopped");
  expect(await rig.open().stop()).toBe("was not running");
});
