import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, seenAtVenue, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5" } });
  await addAccount(stage, "alice", ["fra-1"]);
  await addAccount(stage, "bob", ["ams-1"]);
});
afterAll(() => stage.close());

const wait = ["--managed", "--stopped", "wait"];

const isFine = ([status]: readonly [number, string]) => status === 0;

async function checked(...words: readonly string[]): Promise<readonly [number, string]> {
  const { exitCode, stdout } = await stage.launch(["check", ...words]);
  return [exitCode, stdout];
}

async function runsNow(): Promise<readonly string[]> {
  const { runs } = JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as { runs: { unit: string }[] };
  return runs.map(({ unit }) => unit);
}

test("a launcher that waits while its bot is stopped lives without a lease, starts it when told, and waits again", async () => {
  await ok(stage, ["stop", "alice"]);
  const launcher = stage.start(["bot", "alice", ...wait]);
  await launcher.line(/alice stays stopped: user:\S+ stopped it .* Until then it waits\.$/);
  await eventually(() => checked("alice", "--live"), isFine, 20_000, 200);
  expect(await checked("alice")).toEqual([
    1,
    expect.stringMatching(/^alice: not ready, ended: stopped by user:/),
  ]);
  expect(await runsNow()).toEqual([]);

  const from = stage.venue.entries.length;
  expect(await ok(stage, ["start", "alice"])).toMatch(/^alice: It runs as pid \d+/);
  const first = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice", from));
  expect(await runsNow()).toEqual(["alice"]);

  expect(await ok(stage, ["stop", "alice"])).toMatch(/^alice: It stopped\./);
  await launcher.line(/is down and waits until it is wanted up: stopped by user:/);
  expect(() => process.kill(first, 0)).toThrow("ESRCH");
  expect((await checked("alice", "--live"))[0]).toBe(0);
  expect(await runsNow()).toEqual([]);

  // Nobody can ask it now: it reads what is wanted in the database.
  const sockets = join(stage.stateFolder, "run");
  for (const name of readdirSync(sockets)) if (name.endsWith(".op.sock")) rmSync(join(sockets, name));
  const later = stage.venue.entries.length;
  expect((await stage.launch(["start", "alice"])).exitCode).toBe(1);
  await seenAtVenue(stage, ({ account }) => account === "alice", later);
  await ok(stage, ["stop", "alice"]);
  await launcher.line(/is down and waits/);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("a collector's launcher waits as well", async () => {
  await ok(stage, ["stop", "funding"]);
  const launcher = stage.start(["collector", "funding", ...wait]);
  await launcher.line(/funding stays stopped: .* Until then it waits\.$/);
  await eventually(() => checked("funding", "--live"), isFine, 20_000, 200);
  expect(await ok(stage, ["start", "funding"])).toMatch(/^funding: It runs as pid/);
  expect((await checked("funding"))[0]).toBe(0);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
});

test("without waiting, an operator's stop ends the launcher with 0, and other ends with the bot's own status", async () => {
  const stopped = await startBot(stage, "bob", "ams-1", ["--managed"]);
  await ok(stage, ["stop", "bob"]);
  expect(await stopped.ended).toBe(0);
  await stage.launch(["start", "bob"]);
  const program = ["--", process.execPath, "-e", "process.exitCode = 3"];
  const failed = await stage.launch(["bot", "bob", "--managed", "--restart", "never", ...program]);
  expect(failed.exitCode).toBe(3);
  const done = ["--", process.execPath, "-e", ""];
  const over = await stage.launch(["bot", "bob", "--managed", "--success-status", "99", ...done]);
  expect([over.exitCode, over.stderr]).toEqual([99, expect.not.stringContaining("LAUNCH_")]);
  const unknown = await stage.launch(["bot", "nobody", "--managed", ...done]);
  expect([unknown.exitCode, unknown.stderr]).toEqual([64, expect.stringContaining("LAUNCH_UNKNOWN_ACCOUNT")]);
  const alone = await stage.launch(["bot", "bob", "--stopped", "wait"]);
  expect([alone.exitCode, alone.stderr]).toEqual([64, expect.stringContaining("Add --managed")]);
});
