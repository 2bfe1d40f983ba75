import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProcessTable } from "../../../lib/adapters/process-table/process-table.ts";
import { type LauncherId, parseId } from "../../../lib/domain/ids.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import type { ProcessIdentity } from "../../../lib/domain/run/lease.ts";
import type { Run } from "../../../lib/domain/run/run.ts";
import { instant } from "../../../lib/domain/time.ts";
import { botSlot, mustHold } from "../../contract/store/samples.ts";
import { type OperatorMachine, operatorMachine } from "../../support/operator/operator-machine.ts";
import { sampleRun } from "../../support/sample-facts.ts";

let machine: OperatorMachine;
let alive: Run;
beforeAll(async () => {
  machine = await operatorMachine();
  await addWithProxy("alice", "fra-1");
  await addWithProxy("bob", "fra-2");
  alive = await beginRun("alice", "fra-1", createProcessTable().self());
  // No process has that many start ticks: its pid was given to somebody else.
  await beginRun("bob", "fra-2", { ...createProcessTable().self(), startTicks: 1 });
});
afterAll(() => machine.remove());

async function addWithProxy(name: string, label: string): Promise<void> {
  const words = [
    "account",
    "add",
    name,
    "--proxy-label",
    label,
    "--proxy-endpoint",
    `http://${label}.example:1`,
  ];
  const input = `${label}-hunter2`;
  const added = await machine.launch([...words, "--proxy-user", "u", "--proxy-pass-stdin"], { input });
  expect(added.status, added.stderr).toBe(0);
}

// What a launcher writes of itself: the run, and the lease that it holds.
async function beginRun(name: string, label: string, launcher: ProcessIdentity): Promise<Run> {
  const store = await machine.database.store();
  const account = await store.accounts.find(name);
  const proxy = await store.proxies.find(label);
  if (account === undefined || proxy === undefined) throw new Error(`${name} or ${label} is missing`);
  const now = instant(Date.now());
  const run = sampleRun({
    unit: { kind: "bot", accountId: account.id, name },
    launcherId: parseId<LauncherId>(randomUUID()),
    launcher,
    proxyId: proxy.id,
    proxyLabel: label,
    exitIp: "203.0.113.7" as ExitIp,
    exitReach: "public",
    exitProvenAt: now,
    processStartedAt: now,
    startedAt: now,
    country: "DE",
  });
  await store.runs.begin(run);
  const owner = { runId: run.id, launcherId: run.launcherId, launcher };
  await mustHold(store, { slot: botSlot(account), owner });
  return run;
}

test("ps shows a live run as running and one of a dead launcher as such, aligned and in 80 columns", async () => {
  const { stdout, status } = await machine.launch(["ps"]);
  expect(status).toBe(0);
  const lines = stdout.trimEnd().split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines[1]).toMatch(/^alice {2}running {8}fra-1 {2}203\.0\.113\.7 /);
  expect(lines[2]).toMatch(/^bob {4}launcher dead {2}fra-2 {2}203\.0\.113\.7 /);
  expect(stdout).not.toContain("\u001b");
});

test("ps --json tells the same to machines, with the fields that docs/cli.md names", async () => {
  const { version, runs } = await machine.json<{ version: number; runs: Record<string, unknown>[] }>(["ps"]);
  expect(version).toBe(1);
  expect(runs[0]).toMatchObject({
    unit: "alice",
    kind: "bot",
    state: "running",
    live: true,
    proxy: "fra-1",
    exit_ip: "203.0.113.7",
    exit_reach: "public",
    tier: "preload",
    enforced: true,
    host: hostname(),
    launcher_pid: process.pid,
    run_id: alive.id,
  });
  expect(runs[1]).toMatchObject({
    unit: "bob",
    state: "launcher dead",
    live: false,
    pid: null,
    uptime_ms: null,
  });
});

test("a proxy that a live run leaves through is removed by force only, one of a dead launcher at once", async () => {
  const refused = await machine.launch(["proxy", "rm", "fra-1"]);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(`alice on ${hostname()}`)]);
  expect((await machine.launch(["proxy", "rm", "fra-2"])).status).toBe(0);
  expect((await machine.launch(["account", "rm", "alice"])).stderr).toContain("LAUNCH_IN_USE");
});

test("keys are made, rotated only when live runs hold the new one, and retired when no row needs them", async () => {
  type Keys = { keys: { key_id: string; role: string; rows: number }[] };
  const [old] = (await machine.json<Keys>(["keys", "ls"])).keys;
  expect(old).toMatchObject({ role: "newest", rows: 1 });
  const added = await machine.launch(["keys", "new", "--json"]);
  expect(added.stderr).toContain("use it within seconds");
  const fresh = (JSON.parse(added.stdout) as { key_id: string }).key_id;
  const early = await machine.launch(["keys", "retire", old?.key_id ?? ""]);
  expect([early.status, early.stderr]).toEqual([1, expect.stringContaining("launch keys rotate")]);
  const refused = await machine.launch(["keys", "rotate"]);
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining(`do not have key ${fresh}`)]);
  expect(await machine.json(["keys", "rotate", "--force"])).toMatchObject({ key_id: fresh, resealed: 1 });
  expect((await machine.launch(["keys", "retire", old?.key_id ?? ""])).status).toBe(0);
  expect((await machine.json<Keys>(["keys", "ls"])).keys).toEqual([
    { key_id: fresh, role: "newest", rows: 1 },
  ]);
  await machine.expectNoSecret("hunter2");
});

test("with another key file the credential is unopenable, by label and key id, and never a matter of the network", async () => {
  const env = { LAUNCH_KEY_FILE: join(machine.stranger.home, "other-keys") };
  expect((await machine.launch(["init"], { env })).status).toBe(0);
  const checked = await machine.launch(["proxy", "check", "fra-1"], { env });
  expect([checked.status, checked.stdout]).toEqual([1, expect.stringMatching(/sealed with key [0-9a-f]{8}/)]);
  const doctor = await machine.launch(["doctor", "--offline"], { env });
  expect([doctor.status, doctor.stdout]).toEqual([1, expect.stringContaining("credential of fra-1")]);
  rmSync(env.LAUNCH_KEY_FILE);
  const missing = await machine.launch(["keys", "ls"], { env });
  expect([missing.status, missing.stderr]).toEqual([
    78,
    expect.stringContaining("LAUNCH_MASTER_KEY_MISSING"),
  ]);
});
