import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runGroups } from "../../../lib/adapters/spawner/run-groups.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { patient } from "../../patience/patience.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { aheadPlan, startAhead, waitingOf } from "./ahead-rig.ts";
import { startedPid, useSpawner } from "./rig.ts";

/* A program that was started ahead is where it would be if it had been started only now, and does what it would do. */

const rig = useSpawner();
const probe = runGroups().open("ahead-same" as RunId);
probe?.remove();

test.skipIf(probe === undefined)(
  "it waits in its run's group of the kernel: what it starts at once is in it too",
  async () => {
    const one = aheadPlan(rig);
    const { runId } = one.plan;
    rig.spawner.prepare(one.plan);
    const pid = await waitingOf(rig, runId);
    const inGroup = () => runGroups().left(runId)?.pids() ?? [];
    await eventually(inGroup, (pids) => pids.includes(pid));
    await rig.spawner.forget(runId);
    expect(runGroups().left(runId)).toBeUndefined();

    const shows = rig.file(
      "shows.cjs",
      `console.log(require("fs").readFileSync("/proc/self/cgroup", "utf8"))`,
      0o644,
    );
    // Let go before anybody looked whether it is in its group.
    const two = aheadPlan(rig, { command: [process.execPath, shows] });
    rig.spawner.prepare(two.plan);
    await waitingOf(rig, two.plan.runId);
    await (await startAhead(rig, two)).ended;
    expect(rig.stdout.text()).toContain(`/launch-${two.plan.runId}`);
    await eventually(
      () => runGroups().left(two.plan.runId),
      (group) => group === undefined,
    );
  },
);

test("a working folder that was put in the place of another meanwhile is the one it runs in", async () => {
  const cwd = join(rig.folder(), "current");
  mkdirSync(cwd);
  const one = aheadPlan(rig, { cwd });
  rig.spawner.prepare(one.plan);
  const pid = await waitingOf(rig, one.plan.runId);
  renameSync(cwd, join(rig.folder(), "former"));
  mkdirSync(cwd);
  const handle = await startAhead(rig, one);
  expect(handle.pid).not.toBe(pid);
  expect(rig.table.startTicks(pid)).toBeUndefined();
  await startedPid(rig);
  await handle.kill();
});

// Only root's programs are started ahead where they are another Node than ours.
test.runIf(process.getuid?.() === 0)(
  "a Node that was put in the place of another meanwhile is the one that runs",
  async () => {
    const node = join(rig.folder(), "node");
    copyFileSync(process.execPath, node);
    const one = aheadPlan(rig, { tier: { tier: "preload" } });
    const plan = { ...one.plan, command: [node, ...one.plan.command.slice(1)] };
    rig.spawner.prepare(plan);
    const pid = await waitingOf(rig, plan.runId);
    copyFileSync(process.execPath, `${node}.new`);
    renameSync(`${node}.new`, node);
    const handle = await startAhead(rig, { ...one, plan });
    expect(handle.pid).not.toBe(pid);
    await startedPid(rig);
    await handle.kill();
  },
);

test("a signal that Node itself hears does not end the waiting", async () => {
  const one = aheadPlan(rig);
  rig.spawner.prepare(one.plan);
  const pid = await waitingOf(rig, one.plan.runId);
  signal(pid, "SIGUSR1");
  const handle = await startAhead(rig, one);
  expect(handle.pid).toBe(pid);
  expect(await startedPid(rig)).toBe(pid);
  await handle.kill();
});

// The kernel tells a Node whose file carries capabilities to trust no environment; root's programs are told nothing.
const mayGrant = process.getuid?.() === 0 && spawnSync("setcap", ["-h"]).status === 0;

test.skipIf(!mayGrant)(
  "a Node that reads no NODE_OPTIONS, because its file carries capabilities, is not started before it is needed",
  () => {
    const node = join(rig.folder(), "node");
    chmodSync(rig.folder(), 0o777);
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    expect(spawnSync("setcap", ["cap_sys_nice+ep", node]).status).toBe(0);
    const shows = rig.file(
      "shows.cjs",
      `console.log("LAUNCH_HOLD" in process.env, "NODE_OPTIONS" in process.env)`,
      0o644,
    );
    const words = [node, fixtureLauncher(), node, shows, builtFile("preload/preload/hold.js")];
    const asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
    const shown = spawnSync("setpriv", [...asNobody, ...words], {
      encoding: "utf8",
      timeout: patient(60_000),
    });
    expect(shown).toMatchObject({ status: 0, stdout: "false false\n" });
  },
);

function fixtureLauncher(): string {
  return new URL("../../fixtures/launchers/preparing.mjs", import.meta.url).pathname;
}
