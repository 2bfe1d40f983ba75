import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import {
  addAccount,
  defaultsYaml,
  e2eStage,
  ok,
  pidOf,
  seenAtVenue,
  startBot,
} from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  const idle = `command: [${JSON.stringify(process.execPath)}, -e, "setInterval(() => {}, 1e3)"]`;
  const cared = [
    `hungry: { ${idle}, memory_limit: 32MiB, ready: { log: never } }`,
    `mute: { ${idle}, ready: { log: never, within: 1s } }`,
    `polite: { ${idle.replace("setInterval", "console.log('connected');setInterval")}, ready: { log: ^connected } }`,
  ].join(", ");
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5" },
    yaml: (place) => defaultsYaml(place).replace("collectors: {", `collectors: { ${cared},`),
  });
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

test.each([
  ["by hand", []],
  ["managed", ["--managed"]],
])("a unit %s is started anew past its memory_limit", async (_how, words) => {
  const launcher = stage.start(["collector", "hungry", ...words]);
  await launcher.line(/its memory_limit \(\d+ MB, more than 34 MB\)/);
  // Nobody waits for it there, and that is told.
  const tellsOfReady = launcher.stderr.some((line) =>
    line.includes("`ready` of launch.yaml tells nobody here"),
  );
  expect(tellsOfReady).toBe(words.length === 0);
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
  const { runs } = JSON.parse(await ok(stage, ["ps", "--json"])) as {
    runs: { unit: string; last_restart_cause: string }[];
  };
  expect(runs.find(({ unit }) => unit === "hungry")?.last_restart_cause).toBe("memory");
});

test("an engine hears of a managed unit when its probe passes, and not before", async () => {
  const notify = join(stage.folder, "systemd-notify");
  writeFileSync(notify, `#!/bin/sh\necho "$@" >>"$0.said"\n`);
  chmodSync(notify, 0o755);
  const said = () => (existsSync(`${notify}.said`) ? readFileSync(`${notify}.said`, "utf8") : "");
  const env = { NOTIFY_SOCKET: "/run/none", PATH: `${stage.folder}${delimiter}${process.env["PATH"]}` };
  const mute = stage.start(["collector", "mute", "--managed"], { env });
  await mute.line(/mute: is not ready: no line of it fits "never", for 1 s/);
  expect(said()).toBe("");
  mute.signal("SIGTERM");
  expect(await mute.ended).toBe(0);
  const polite = stage.start(["collector", "polite", "--managed"], { env });
  await eventually(said, (text) => text.includes("READY=1 STATUS=polite runs"), 20_000);
  polite.signal("SIGTERM");
  expect(await polite.ended).toBe(0);
});
