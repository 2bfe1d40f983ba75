import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { heldChildren } from "../../../lib/adapters/spawner/start/held-children.ts";
import { tierCommand } from "../../../lib/adapters/spawner/start/tier-command.ts";
import type { SpawnPlan } from "../../../lib/ports/spawner.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { type Ahead, aheadPlan, startAhead, waitingOf } from "./ahead-rig.ts";
import { startedPid, useSpawner } from "./rig.ts";

/* A Node program that is started before it is certain that it is needed. */

const rig = useSpawner();
const ahead = (change?: Partial<SpawnPlan>) => aheadPlan(rig, change);
const start = (one: Ahead) => startAhead(rig, one);
const waiting = (runId: string) => waitingOf(rig, runId);
const alone = () => ({ group: undefined, leave: () => {} });

async function gone(pid: number): Promise<void> {
  await eventually(
    () => rig.table.startTicks(pid),
    (ticks) => ticks === undefined,
  );
}

test("it waits until it is wanted, then the same process runs and knows nothing of it", async () => {
  const one = ahead();
  rig.spawner.prepare(one.plan);
  rig.spawner.prepare(one.plan);
  const pid = await waiting(one.plan.runId);
  expect(rig.table.withRunId(one.plan.runId)).toEqual([pid]);
  expect(existsSync(one.marker)).toBe(false);
  const handle = await start(one);
  expect(handle.pid).toBe(pid);
  expect(await startedPid(rig)).toBe(pid);
  // Its output is read by sockets of the launcher's: two are its own streams.
  expect(rig.stdout.text().trim()).toBe(`${pid} 2 false`);
  await handle.kill();
  expect(await handle.ended).toMatchObject({ signal: "KILL" });
});

test("with a preload for the waiting alone, nothing is left of that one either, also in what it starts and in its workers", async () => {
  const script = rig.file(
    "shows.mjs",
    `import { execFileSync } from "node:child_process";
     import { Worker } from "node:worker_threads";
     const shown = 'console.log(String(process.env.NODE_OPTIONS) + " " + String(process.env.LAUNCH_HOLD))';
     process.stdout.write(execFileSync(process.execPath, ["-e", shown]));
     console.log(String(process.env.NODE_OPTIONS), process.execArgv.length);
     process.env.NODE_OPTIONS = "--no-warnings";
     new Worker(shown, { eval: true });`,
    0o644,
  );
  const one = ahead();
  const { NODE_OPTIONS: _, ...env } = one.plan.env;
  const hold = `--require "${builtFile("preload/preload/hold.js")}"`;
  const plan = { ...one.plan, env, command: [process.execPath, script], ahead: { nodeOptions: hold } };
  rig.spawner.prepare(plan);
  const pid = await waiting(plan.runId);
  const handle = await start({ ...one, plan });
  expect(handle.pid).toBe(pid);
  await handle.ended;
  expect(rig.stdout.text()).toBe("undefined undefined\nundefined 0\n--no-warnings undefined\n");
});

test("a program that would not wait is not started before it is needed, whatever it is called", async () => {
  const ran = join(rig.folder(), "ran");
  const script = rig.file("node", `#!/bin/sh\necho ran >>${ran}\n`, 0o755);
  for (const command of [
    [script, "bot.js"],
    ["/bin/sh", script],
  ]) {
    rmSync(ran, { force: true });
    const one = ahead({ command });
    rig.spawner.prepare(one.plan);
    await (await start(one)).ended;
    expect(readFileSync(ran, "utf8")).toBe("ran\n");
  }
});

test("what is forgotten has ended and never ran, also when it is only on its way", async () => {
  const one = ahead();
  rig.spawner.prepare(one.plan);
  const pid = await waiting(one.plan.runId);
  await rig.spawner.forget(one.plan.runId);
  expect(rig.table.startTicks(pid)).toBeUndefined();
  const other = ahead();
  rig.spawner.prepare(other.plan);
  await rig.spawner.forget(other.plan.runId);
  expect(rig.table.withRunId(other.plan.runId)).toEqual([]);
  expect([one, other].map(({ marker }) => existsSync(marker))).toEqual([false, false]);
});

test("another command, folder or environment starts anew, and what waited ends without having run", async () => {
  const one = ahead();
  rig.spawner.prepare(one.plan);
  const pid = await waiting(one.plan.runId);
  const other = { ...one, plan: { ...one.plan, env: { ...one.plan.env, NEW: "1" } } };
  const handle = await start(other);
  expect(handle.pid).not.toBe(pid);
  expect(rig.table.startTicks(pid)).toBeUndefined();
  expect(await startedPid(rig)).toBe(handle.pid);
  await handle.kill();
});

test("one that was killed while it waited is started anew", async () => {
  const one = ahead();
  rig.spawner.prepare(one.plan);
  const pid = await waiting(one.plan.runId);
  signal(pid, "SIGKILL");
  // Its launcher has heard of the end.
  await eventually(
    () => existsSync(`/proc/${pid}`),
    (isThere) => !isThere,
  );
  const handle = await start(one);
  expect(await startedPid(rig)).toBe(handle.pid);
  await handle.kill();
});

test("one that is not wanted for long ends, and a later start has its own", async () => {
  const { plan, marker } = ahead();
  const told = join(rig.folder(), "pid");
  const tells = rig.file(
    "tells.sh",
    `#!/bin/sh\necho $$ >${told}.new; mv ${told}.new ${told}; exec "$@"\n`,
    0o755,
  );
  const command = tierCommand(plan, process.execPath, [tells]);
  const held = heldChildren(1_000, alone);
  held.hold(plan.runId, async () => ({ command, network: undefined, files: "", nodeOptions: undefined }));
  await eventually(
    () => existsSync(told),
    (isTold) => isTold,
  );
  await gone(Number(readFileSync(told, "utf8")));
  expect(
    await held.take(plan.runId, { command, network: undefined, files: "", nodeOptions: undefined }),
  ).toBeUndefined();
  expect(existsSync(marker)).toBe(false);
});

test("it is not let go into another network than it is in", async () => {
  const { plan, marker } = ahead();
  const held = heldChildren(60_000, alone);
  const command = tierCommand(plan, process.execPath, []);
  held.hold(plan.runId, async () => ({ command, network: "net:[1]", files: "", nodeOptions: undefined }));
  const pid = await waiting(plan.runId);
  expect(
    await held.take(plan.runId, { command, network: "net:[2]", files: "", nodeOptions: undefined }),
  ).toBeUndefined();
  expect(rig.table.startTicks(pid)).toBeUndefined();
  expect(existsSync(marker)).toBe(false);
});

test.each(["with the kernel's death signal", "by the end of its descriptor alone"])(
  "a launcher that is killed leaves no program that waits: %s",
  async (how) => {
    const { plan, marker } = ahead();
    const words = how.startsWith("with") ? ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--"] : [];
    const command = tierCommand(plan, process.execPath, words);
    const fixture = new URL("../../fixtures/launchers/holding.mjs", import.meta.url).pathname;
    const launcher = spawn(process.execPath, [fixture], { stdio: ["pipe", "pipe", "inherit"] });
    launcher.stdin.write(`${JSON.stringify({ runId: plan.runId, command })}\n`);
    await once(createInterface({ input: launcher.stdout }), "line");
    const pid = await waiting(plan.runId);
    launcher.kill("SIGKILL");
    await gone(pid);
    expect(existsSync(marker)).toBe(false);
  },
);
