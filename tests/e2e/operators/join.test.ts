import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, seenAtVenue, startBot } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { openTmux } from "../../support/terminal/tmux.ts";

let stage: Stage;
const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  await addAccount(stage, "bob", ["zrh-1"]);
});
afterAll(() => stage.close());

const runIdOf = (pid: number) =>
  /LAUNCH_RUN_ID=([\w-]+)/.exec(readFileSync(`/proc/${pid}/environ`, "utf8"))?.[1];
const isLaunched = ({ stdout }: Pick<RunningLaunch, "stdout">, pattern: RegExp) =>
  stdout.some((line) => pattern.test(line));

describe.runIf(process.platform === "linux")("a bot that runs", () => {
  test("is shown on one screen of 80 columns, and as JSON", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    await eventually(
      () => stage.launch(["check", "alice"]),
      ({ exitCode }) => exitCode === 0,
      20_000,
      200,
    );
    const screen = await ok(stage, ["status", "alice"]);
    expect(screen.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect(screen.split("\n").length).toBeLessThanOrEqual(24);
    expect(screen).toMatch(/^bot alice is running/);
    expect(screen).toMatch(/exit +fra-1 127\.0\.0\.11 .*proven by 2 of 2 lab/);
    expect(screen).toMatch(/heartbeat +\d+ s ago/);
    expect(screen).toMatch(/traffic +\d+ connections in this run/);
    expect(screen).toMatch(/next exits +ams-1/);
    expect(screen).toMatch(new RegExp(`launcher +pid ${launcher.pid} on .*, answers`));
    const { units } = JSON.parse(await ok(stage, ["status", "alice", "--json"]));
    expect(units[0]).toMatchObject({
      unit: "alice",
      live: true,
      heartbeat: "fresh",
      exit: { proxy: "fra-1" },
    });
    expect(units[0].traffic.bytes_down).toBeGreaterThan(0);
    await ok(stage, ["stop", "alice"]);
    const over = await ok(stage, ["status", "alice", "funding"]);
    expect(over).toMatch(/by venue +\d{4}-\d\d: other [\d.]+ k?B up, [\d.]+ k?B down/);
    expect(over).toMatch(/^bot alice is stopped, ended \d+ s ago: stopped by user:/);
    expect(over).toMatch(/^collector funding has not run yet\.$/m);
    await launcher.ended;
  });

  test("takes a command in: its network, environment and run, with input, output and status", async () => {
    const launcher = await startBot(stage, "alice", "fra-1");
    const tier = (await ok(stage, ["status", "alice", "--json"])).match(/"tier": "(\w+)"/)?.[1];
    const bot = pidOf(await seenAtVenue(stage, ({ account }) => account === "alice"));
    const env = await ok(stage, [
      "exec",
      "bot:alice",
      "--",
      process.execPath,
      "-p",
      "process.env.LAUNCH_RUN_ID",
    ]);
    const live = JSON.parse(await ok(stage, ["ps", "--json"])).runs[0];
    expect(env).toBe(live.run_id);
    if (tier !== "kernel") expect(runIdOf(bot)).toBe(env);
    const count =
      "let n = 0; process.stdin.on('data', (c) => (n += c.length)).on('end', () => { console.log(n); process.exit(7); })";
    const counted = await stage.launch(["exec", "alice", "--", process.execPath, "-e", count], {
      input: "x".repeat(300_000),
    });
    expect([counted.exitCode, counted.stdout]).toEqual([7, "300000"]);
    const events = await ok(stage, ["events", "alice"]);
    expect(events).toMatch(/user:\S+ runs node in the run of alice/);
    expect(events).not.toContain("process.stdin");

    const long = stage.start([
      "exec",
      "alice",
      "--",
      process.execPath,
      "-e",
      "console.log(process.pid); setInterval(() => {}, 1e6)",
    ]);
    await long.line(/^\d+$/);
    expect(await ok(stage, ["ps", "--wide"])).toMatch(/exec node \(user:/);
    await ok(stage, ["stop", "alice"]);
    expect(await long.ended).not.toBe(0);
    expect(isLaunched(long, /^\d+$/)).toBe(true);
    expect(await launcher.ended).toBe(0);
    const nobody = await stage.launch(["exec", "alcie", "--", "true"]);
    expect([nobody.exitCode, nobody.stderr]).toEqual([64, expect.stringContaining('Did you mean "alice"?')]);
    const none = await stage.launch(["exec", "alice", "--", "true"]);
    expect([none.exitCode, none.stderr]).toEqual([1, expect.stringContaining('runs "alice"')]);
  });

  test.runIf(spawnSync("tmux", ["-V"]).status === 0 || process.env["CI"] === "true")(
    "gives a command a terminal where it is typed on one: its size, also a new one, its keys, its status",
    async () => {
      const launcher = await startBot(stage, "alice", "fra-1", ["--isolation", "kernel"]);
      const env = { ...stage.env, PATH: [stage.env["PATH"], dirname(bin)].join(":") };
      const terminal = await openTmux(stage.folder, env, [72, 20]);
      try {
        await terminal.type(
          `launch exec alice -- sh -c 'tty; stty size; echo $TERM "$0"; read x; echo "<$x>"; exit 7' "a b"; echo ended $?`,
          "Enter",
        );
        await terminal.shows(/^\/dev\/pts\/\d+\n20 72\ntmux\S* a b$/m);
        await terminal.type("abx", "BSpace", "c", "Enter");
        await terminal.shows(/^<abc>\nended 7$/m);
        const following = `const { stdin, stdout } = process; stdin.resume(); console.log("follows");
          stdout.on("resize", () => console.log("now", ...stdout.getWindowSize()));`.replaceAll(/\s+/g, " ");
        const typed = `clear; launch exec alice -- ${process.execPath} -e '${following}'; echo over $?`;
        await terminal.type(typed, "Enter");
        await terminal.shows(/^follows$/m);
        await terminal.resize(90, 25);
        await terminal.shows(/^now 90 25$/m);
        await terminal.resize(66, 18);
        await terminal.shows(/^now 66 18$/m);
        await terminal.type("C-c");
        await terminal.shows(/^\^Cover 130$/m);
        await terminal.type("clear; launch exec alice -- sleep 1000; echo ended $?", "Enter");
        await eventually(
          async () => await ok(stage, ["ps", "--wide"]),
          (text) => /exec sleep \(user:/.test(text),
          20_000,
          200,
        );
        await terminal.type("C-c");
        await terminal.shows(/^\^Cended 130$/m);
        await terminal.type("clear; stty -a", "Enter");
        expect(await terminal.shows(/ icanon [\s\S]*shell>/)).toMatch(/ echo .*/);
      } finally {
        await terminal.close();
      }
      await ok(stage, ["stop", "alice"]);
      await launcher.ended;
    },
  );

  test("refuses a command that its tier does not enclose", async () => {
    const launcher = await startBot(stage, "bob", "zrh-1", ["--isolation", "preload"]);
    const shell = await stage.launch(["exec", "bob", "--", "sh", "-c", "true"]);
    expect([shell.exitCode, shell.stderr]).toEqual([
      78,
      expect.stringContaining("The tier preload encloses Node programs only"),
    ]);
    expect(await ok(stage, ["exec", "bob", "--", process.execPath, "-p", "1 + 1"])).toBe("2");
    await ok(stage, ["stop", "bob"]);
    await launcher.ended;
  });
});
