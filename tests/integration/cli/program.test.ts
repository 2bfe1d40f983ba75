import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";
import { builtFile } from "../../support/built.ts";
import { eventually } from "../../support/eventually.ts";
import { finish, newStranger, type Stranger } from "../../support/operator/launch-program.ts";

let stranger: Stranger;
beforeAll(() => {
  stranger = newStranger();
});
afterAll(() => stranger.remove());

const escape = "\u001b[";

describe("help", () => {
  test("goes to stdout and loads nothing heavy", async () => {
    const loader = join(packageRoot(), "bin/load-program.js");
    const program = `const { loadProgram } = require(${JSON.stringify(loader)});
      const root = ${JSON.stringify(packageRoot())};
      loadProgram(root, process.argv.slice(2), (name) => process.stderr.write(name + "\\n"));`;
    const child = spawn(process.execPath, ["--eval", program, "--", "launch", "--help"]);
    const { status, stdout, stderr } = await finish(child);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: /);
    const loaded = stderr.trim().split("\n");
    expect(loaded).toContain("short-answers.js");
    const pack = createRequire(import.meta.url)(loader).openPack(builtFile("lib/program/program.pack"));
    const heavy = (name: string): boolean =>
      /\b_zod\b|pg_catalog|yaml\.alias|nodemailer/.test(pack.read(name).latin1Slice()) ||
      /^(bot|collector|ps|database|open-launcher)\.js$/.test(name);
    expect(pack.names.filter(heavy).length).toBeGreaterThan(5);
    expect(loaded.filter(heavy)).toEqual([]);
  });

  test("of a command is the same asked in three ways", async () => {
    const asked = [
      ["config", "explain", "--help"],
      ["help", "config", "explain"],
      ["config", "explain", "-h"],
    ];
    const texts = await Promise.all(asked.map((words) => stranger.launch(words)));
    expect(new Set(texts.map(({ stdout }) => stdout)).size).toBe(1);
    expect(texts.map(({ status }) => status)).toEqual([0, 0, 0]);
  });

  test("of nothing goes to stderr with 64", async () => {
    const { status, stdout, stderr } = await stranger.launch([]);
    expect([status, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(/^Usage: launch <command>[\s\S]*LAUNCH_USAGE No command was given\./);
  });
});

describe("help of a command", () => {
  test("shows examples first, fits 80 columns, and leaves what every command takes to a page of its own", async () => {
    const { stdout } = await stranger.launch(["report", "--help"]);
    expect(stdout.split("\n").slice(0, 4)).toEqual([
      "Usage: launch report <account> [flags]",
      "",
      "Examples:",
      "  launch report alice --burned --until 2h --why 'the web page says banned'",
    ]);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).not.toContain("--state-dir");
    expect(stdout).toContain("`launch help flags`");
    expect((await stranger.launch(["help", "flags"])).stdout).toContain("--state-dir <folder>");
  });

  test("of a group lists its commands, asked for or not", async () => {
    const { status, stdout } = await stranger.launch(["account", "--help"]);
    expect([status, stdout]).toEqual([0, expect.stringContaining("\n  hold ")]);
    expect((await stranger.launch(["account"])).status).toBe(64);
  });
});

describe("a typing error ends with 64 and names what was meant", () => {
  test.each([
    [["confg"], 'There is no command "confg". Did you mean `launch config`?'],
    [["acount", "add"], 'There is no command "acount". Did you mean `launch account add`?'],
    [["config", "explian"], 'There is no command "config explian". Did you mean `launch config explain`?'],
    [["ls"], 'There is no command "ls". Did you mean `launch ps`?'],
    [["rm", "alice"], "Did you mean `launch account rm` or `launch proxy rm`?"],
    [["account", "remove", "alice"], "Did you mean `launch account rm`?"],
    [["list", "proxies"], "Did you mean `launch proxy ls`?"],
    [["help", "nonsense"], 'There is no command "nonsense".'],
    [["help", "account", "ad"], "Did you mean `launch account add`?"],
    [["config", "explain", "--jsn"], "There is no flag --jsn. Did you mean --json?"],
    [["--jsn", "config", "explain"], "There is no flag --jsn. Did you mean --json?"],
    [["bot", "--acount", "alice"], "There is no flag --acount. Did you mean --account?"],
    [["account", "hold", "alice", "--wy", "x"], "There is no flag --wy. Did you mean --why?"],
    [["account", "hold", "alice"], "--why <text> is missing."],
    [["account", "rm"], "<name> is missing."],
    [["config", "explain", "a", "b"], "Too many arguments: 1 expected, 2 given."],
    [["config", "explain", "--", "x"], "launch config explain takes no command after --."],
    [["config", "explain", "--config"], "--config needs a value: --config <file>."],
    [["echo", "--port", "http"], '--port cannot be "http". It is not a whole number.'],
    [["bot", "a", "--isolation", "kernal"], 'env, not "kernal". Did you mean --isolation kernel?'],
  ])("%j", async (words, expected) => {
    const { status, stdout, stderr } = await stranger.launch(words);
    expect([status, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(/^LAUNCH_USAGE /);
    expect(stderr).toMatch(new RegExp(expected.replaceAll(/[?.()]/g, "\\$&")));
    expect(stderr).toMatch(/hint: Run `launch.*--help`\./);
  });

  test("and never repeats the value of a flag that does not exist", async () => {
    const { stderr } = await stranger.launch(["config", "explain", "--proxy-pas=hunter2"]);
    expect(stderr).toContain("There is no flag --proxy-pas.");
    expect(stderr).not.toContain("hunter2");
  });
});

describe("errors", () => {
  test("are one line of JSON on stderr when asked, also while the words are parsed", async () => {
    for (const words of [
      ["config", "explain", "--json", "--config", "gone.yaml"],
      ["--json", "confg"],
    ]) {
      const { status, stdout, stderr } = await stranger.launch(words);
      const { error } = JSON.parse(stderr) as { error: { code: string; exit_status: number } };
      expect([stdout, error.exit_status]).toEqual(["", status]);
      expect(error.code).toMatch(/^LAUNCH_/);
    }
  });

  test.each([
    ["http://u:hun@ter2@gw:1"],
    ["proxy", "socks5://u:hunter2@gw:1"],
    ["u:hunter2@gw:1"],
    ["config", "explain", "--config", "http://u:hunter2@gw:1"],
    ["account", "add", "http://u:hunter2@gw:1", "--json"],
    ["echo", "--port", "http://u:hun/ter2@gw:1"],
  ])("do not repeat the user part of an address that was typed in the wrong place (%j)", async (...words) => {
    const { status, stdout, stderr } = await stranger.launch(words);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/LAUNCH_[\s\S]*gw:1/);
    expect(stdout + stderr).not.toMatch(/hun|ter2/);
  });

  test("that nobody expected end with 70 and lines to report, without secrets, and a stack only with --debug", async () => {
    const hook = join(stranger.home, "broken.mjs");
    writeFileSync(hook, 'process.cwd = () => { throw new TypeError("bad http://u:hunter2@gw:1/ here"); };\n');
    const env = { NODE_OPTIONS: `--import=${hook}` };
    const plain = await stranger.launch(["config", "explain", "--color=never"], { env });
    expect(plain.status).toBe(70);
    expect(plain.stderr).toMatch(/^LAUNCH_INTERNAL [\s\S]*command: launch config explain --color=…\n/);
    expect(plain.stderr).toContain("error: TypeError: bad http://gw:1/ here");
    expect(plain.stderr).not.toMatch(/hunter2|\n\s+at /);
    const debug = await stranger.launch(["config", "explain", "--debug"], { env });
    expect(debug.stderr).toMatch(/\n\s+at .*\blib\/config\/[\w/-]+\.ts:\d+:\d+/);
    expect(debug.stderr).not.toContain("hunter2");
  });

  test("of a launch.yaml name file, line and column", async () => {
    const cwd = join(stranger.home, "typo");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "launch.yaml"), "version: 1\nbot: {}\n");
    const { status, stderr } = await stranger.launch(["config", "explain"], { cwd });
    expect(status).toBe(78);
    expect(stderr).toContain('launch.yaml:2:1 unknown key "bot". Did you mean "bots"?');
  });
});

describe("colours", () => {
  const explain = ["config", "explain"];

  test("appear on a terminal and nowhere else, unless asked", async () => {
    const onTerminal = await stranger.launchOnTerminal(explain);
    expect(onTerminal.stdout).toContain(escape);
    expect((await stranger.launch(explain)).stdout).not.toContain(escape);
    expect((await stranger.launch([...explain, "--color=always"])).stdout).toContain(escape);
    expect((await stranger.launch(explain, { env: { FORCE_COLOR: "1" } })).stdout).toContain(escape);
  });

  test.each([{ NO_COLOR: "1" }, { TERM: "dumb" }, { FORCE_COLOR: "0" }])(
    "stay away on a terminal with %j",
    async (env) => {
      expect((await stranger.launchOnTerminal(explain, { env })).stdout).not.toContain(escape);
    },
  );

  test("are decided by --color before the environment", async () => {
    const words = [...explain, "--color=never"];
    expect((await stranger.launchOnTerminal(words, { env: { FORCE_COLOR: "1" } })).stdout).not.toContain(
      escape,
    );
  });
});

describe("-v", () => {
  test("says which files and database are used, on stderr, and what caused an error; a version it is not", async () => {
    const told = await stranger.launch(["-v", "config", "explain", "keys"]);
    expect(told.stderr).toMatch(/^using no launch\.yaml, no \.env, the state folder \S+ and the database /);
    expect(told.stdout).not.toContain("using");
    const lostSecret = "--proxy-endpoint http://gw:1 --proxy-user u --proxy-pass-file /nowhere".split(" ");
    const failed = await stranger.launch(["proxy", "add", "x", ...lostSecret, "-v"]);
    expect(failed.stderr).toMatch(/\ncause: Error: ENOENT/);
    expect((await stranger.launch(["-v"])).stderr).toContain("No command was given.");
  });
});

describe("commands in messages, hints and help", () => {
  test("are typed as this one was", async () => {
    const folder = join(stranger.home, "clone");
    mkdirSync(join(folder, "bin"), { recursive: true });
    symlinkSync(join(packageRoot(), "bin/launch"), join(folder, "bin/launch"));
    const env = { ...stranger.env, PATH: process.env["PATH"] ?? "" };
    const run = (...words: string[]) =>
      finish(
        spawn([".", "bin", "launch"].join("/"), words, { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] }),
      );
    expect((await run("ls")).stderr).toMatch(/`\.\/bin\/launch ps`\?\nhint: Run `\.\/bin\/launch --help`\./);
    expect((await run("bot", "--help")).stdout).toMatch(
      /^Usage: \.\/bin\/launch bot[\s\S]*\n {2}\.\/bin\/launch bot alice\n/,
    );
    const asked = JSON.parse((await run("ls", "--json")).stderr) as { error: { hint: string } };
    expect(asked.error.hint).toBe("Run `./bin/launch --help`.");
    expect((await stranger.launch(["ls"])).stderr).toContain("`launch ps`");
  });
});

test("--version says the version of package.json", async () => {
  const { stdout } = await stranger.launch(["-V"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe("a reader of stdout", () => {
  // More than the 64 KiB that a pipe holds, so that the program has to wait for whoever reads.
  const words = ["config", "explain", "--json"];
  const manyBots = () => {
    const cwd = join(stranger.home, "many");
    mkdirSync(cwd, { recursive: true });
    const bots = Array.from({ length: 1500 }, (_, index) => `  bot-${index}: { command: node main.js }\n`);
    writeFileSync(join(cwd, "launch.yaml"), `version: 1\nbots:\n${bots.join("")}`);
    return cwd;
  };

  test("may go away early: that is no error", async () => {
    const child = stranger.start(words, { cwd: manyBots() });
    child.stdout?.destroy();
    const { status, stderr } = await finish(child);
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("gets everything, however slowly it takes it", async () => {
    const child = stranger.start(words, { cwd: manyBots() });
    child.stdout?.pause();
    await once(child.stdout ?? child, "readable");
    const { status, stdout } = await finish(child);
    const { settings } = JSON.parse(stdout) as { settings: readonly { name: string }[] };
    expect([status, settings.at(-1)?.name]).toEqual([0, "bots.bot-1499.command"]);
    expect(stdout.length).toBeGreaterThan(65_536);
  });
});

test("echo answers until it is asked to stop, and ends with 0", async () => {
  const child = stranger.start(["echo", "--port", "0"]);
  const [line] = (await once(child.stderr?.setEncoding("utf8") ?? child, "data")) as [string];
  const [url = ""] = /http:\S+/.exec(line) ?? [];
  const answer: unknown = await (await fetch(`${url}json`)).json();
  expect(answer).toMatchObject({ ip: "127.0.0.1" });
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

test("echo goes on answering when nobody reads what it says", async () => {
  const port = await freePort();
  const child = stranger.start(["echo", "--port", String(port)]);
  child.stderr?.destroy();
  const asked = () =>
    fetch(`http://127.0.0.1:${port}/ip`).then(
      (answer) => answer.status,
      () => undefined,
    );
  await eventually(asked, (status) => status === 200);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
