import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok } from "../../support/e2e-stage.ts";

const speaker = fileURLToPath(new URL("../../fixtures/logs/speaks-when-told.mjs", import.meta.url));
let stage: Stage;
const running: RunningLaunch[] = [];

function yaml({ folder }: { readonly folder: string }): string {
  const speaks = (name: string) =>
    `{ command: ${JSON.stringify([process.execPath, speaker, join(folder, `${name}.words`)])}, restart: always }`;
  const shell = (script: string, more = "") =>
    `{ command: ${JSON.stringify(["sh", "-c", script])}, restart: never${more} }`;
  return [
    `bots: { alice: ${shell("echo plan; echo 'no newline, secret-free' | tr -d '\\n'; exit 3")}, bob: { command: [sleep, "9"], tty: true } }`,
    "collectors:",
    `  one: ${speaks("one")}`,
    `  two: ${speaks("two")}`,
    `  full: ${shell("seq 1 2000; echo done", `, log_file: ${JSON.stringify("/dev/full")}`)}`,
    `  own: ${shell("echo kept elsewhere", `, log_file: own/place.log`)}`,
    `  chatty: ${shell("seq 1 300000")}`,
  ].join("\n");
}

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" }, yaml });
  await addAccount(stage, "alice", ["fra-1"]);
  await ok(stage, ["account", "add", "carol"]);
});
afterEach(async () => {
  for (const launcher of running.splice(0)) await launcher.end();
});
afterAll(() => stage.close());

function start(words: readonly string[]): RunningLaunch {
  const launcher = stage.start(words);
  running.push(launcher);
  return launcher;
}

function say(name: string, words: string): void {
  appendFileSync(join(stage.folder, `${name}.words`), `${words}\n`);
}

test("following several logs mixes them, waits for one that does not exist yet, goes on with the next process and ends with Ctrl-C", async () => {
  const one = start(["collector", "one"]);
  say("one", "stdout first of one");
  await one.line(/first of one/);
  const follower = start(["logs", "one", "two", "-f", "--json"]);
  await follower.line(/two has no log.*launch collector two/);
  await follower.line(/first of one/);
  const two = start(["collector", "two"]);
  say("two", "stderr first of two");
  await two.line(/first of two/);
  await follower.line(/first of two/);
  say("one", "exit 5");
  await follower.line(/ended process .*exit code 5/);
  say("one", "stdout second of one");
  await follower.line(/second of one/);
  follower.signal("SIGINT");
  expect(await follower.ended).toBe(0);
  const lines = follower.stdout.map((line) => JSON.parse(line) as Record<string, string>);
  const times = lines.map(({ time = "" }) => Date.parse(time));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  const of = (text: string) => lines.find((line) => line["text"] === text);
  expect(of("first of two")).toMatchObject({ unit: "two", kind: "collector", stream: "stderr" });
  expect(of("second of one")).toMatchObject({
    unit: "one",
    stream: "stdout",
    run: of("first of one")?.["run"],
  });
  one.signal("SIGTERM");
  await one.ended;
  const again = start(["collector", "one"]);
  say("one", "stdout third of one");
  await again.line(/third of one/);
  const after = (await ok(stage, ["logs", "one", "-n", "1", "--json"]))
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>);
  const last = after.find(({ stream }) => stream === "stdout");
  expect(last).toMatchObject({ text: "third of one" });
  expect(last?.["run"]).not.toBe(of("second of one")?.["run"]);
});

test("a reader that has enough ends it without an error, and nothing of a flood is lost before the end", async () => {
  expect(await start(["collector", "chatty"]).ended).toBe(0);
  const launch = `${process.execPath} ${fileURLToPath(new URL("../../../bin/launch", import.meta.url))}`;
  const { stdout, stderr } = await execa(
    "bash",
    ["-c", `set -o pipefail; ${launch} logs chatty -n 300000 --raw | head -3; echo \${PIPESTATUS[0]}`],
    {
      cwd: stage.folder,
      env: stage.env,
      extendEnv: false,
    },
  );
  expect([stdout, stderr]).toEqual(["1\n2\n3\n0", ""]);
  const raw = await ok(stage, ["logs", "chatty", "--since", "1h", "--raw"]);
  expect(raw.split("\n").findIndex((line, index) => line !== String(index + 1))).toBe(-1);
  expect(raw.split("\n").length).toBe(300_000);
});

test("a full disk is said once, the collector runs on and its lines are shown", async () => {
  const full = start(["collector", "full"]);
  expect(await full.ended).toBe(0);
  expect(full.stdout.slice(-2)).toEqual(["2000", "done"]);
  expect(full.stderr.filter((line) => line.includes("cannot be written"))).toEqual([
    expect.stringMatching(
      /The log \/dev\/full cannot be written: the disk is full \(ENOSPC\)\. The bot runs on/,
    ),
  ]);
});

test("a log at a place of its own is found by its name", async () => {
  expect(await start(["collector", "own"]).ended).toBe(0);
  expect(readdirSync(join(stage.folder, "own"))).toEqual(["place.log"]);
  expect(await ok(stage, ["logs", "ow?"])).toMatch(/ kept elsewhere\n/);
});

test("the last lines of a bot that crashed are kept, named in events and shown by why", async () => {
  const alice = start(["bot", "--account", "alice", "--isolation", "env"]);
  expect(await alice.ended).toBe(3);
  const events = await ok(stage, ["events", "--account", "alice", "--json"]);
  const { events: all } = JSON.parse(events) as { events: { kind: string; message: string }[] };
  const crashed = all.find(({ kind }) => kind === "process.crashed");
  expect(crashed?.message).toMatch(
    /alice exited with code 3; its last lines are in .*bot-alice\.log\.crash-.*launch logs alice --crash/,
  );
  expect(events).not.toContain("no newline");
  const why = await ok(stage, ["why", "alice"]);
  expect(why).toMatch(
    /LAST CRASH\n.*launch logs alice --crash.*\n.*crash-.*\n(?:.*\n)* {2}no newline, secret-free\n {2}ended process/,
  );
  const { crash } = JSON.parse(await ok(stage, ["why", "alice", "--json"])) as {
    crash: { lines: { text: string }[] };
  };
  expect(crash.lines.map(({ text }) => text)).toContain("no newline, secret-free");
  expect(await ok(stage, ["logs", "alice", "--crash", "-n", "2"])).toMatch(
    /^\S+ no newline, secret-free\n\S+ -- ended/,
  );
});

test.each([
  [[], 64, /LAUNCH_USAGE.*was named[\s\S]*Name one or more of alice, .* or use --all/],
  [["alcie"], 64, /LAUNCH_UNKNOWN_UNIT.*Did you mean "alice"/],
  [["zz*"], 64, /LAUNCH_UNKNOWN_UNIT.*No bot or collector fits "zz\*"/],
  [["carol"], 1, /LAUNCH_NO_LOG carol has no log.*Start it with `launch bot --account carol`/],
  [["bob"], 1, /LAUNCH_NO_LOG bob has a terminal of its own \(tty\)/],
  [["bob", "-f"], 1, /LAUNCH_NO_LOG bob has a terminal of its own/],
  [["alice", "--crash", "-f"], 64, /nothing to follow/],
  [["alice", "--since", "yesterdayish"], 64, /--since yesterdayish is not a moment/],
])("%j says what to type", async (words, status, message) => {
  const result = await stage.launch(["logs", ...words]);
  expect([result.exitCode, result.stdout]).toEqual([status, ""]);
  expect(result.stderr).toMatch(message);
});
