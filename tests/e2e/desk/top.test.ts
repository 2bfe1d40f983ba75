import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../../lab/stage.ts";
import { addAccount, e2eStage, ok, pidOf, seenAtVenue } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { openTmux, type TmuxTerminal } from "../../support/terminal/tmux.ts";

let stage: Stage;
let terminal: TmuxTerminal;
const bin = fileURLToPath(new URL("../../../bin/launch", import.meta.url));
const hasTmux = spawnSync("tmux", ["-V"]).status === 0 || process.env["CI"] === "true";
const ofStage = (more: Readonly<Record<string, string>> = {}) => ({
  ...stage.env,
  PATH: [stage.env["PATH"] ?? "", dirname(bin)].join(":"),
  ...more,
});

beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http", "ams-1": "socks5", "zrh-1": "http" } });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
  await addAccount(stage, "bob", ["zrh-1"]);
  await ok(stage, ["up", "-d", "alice", "bob", "funding"]);
  terminal = await openTmux(stage.folder, ofStage());
});
afterAll(async () => {
  await terminal?.close();
  await stage.launch(["down"]);
  await stage.close();
});

const runs = async () =>
  (JSON.parse(await ok(stage, ["ps", "--running", "--json"])) as { runs: { unit: string; pid: number }[] })
    .runs;
const unitsNow = async () => (await runs()).map(({ unit }) => unit);

/** The terminal is a shell's again: its screen, its cursor, its echo. */
async function expectGivenBack(): Promise<void> {
  expect(await terminal.fact("alternate_on")).toBe("0");
  expect(await terminal.fact("cursor_flag")).toBe("1");
  await terminal.type("clear; stty -a", "Enter");
  expect(await terminal.shows(/ icanon [\s\S]*shell>/)).toMatch(/ echo .*/);
}

async function openTop(): Promise<string> {
  await terminal.type("clear; launch top; echo ended $?", "Enter");
  return await terminal.shows(/funding[\s\S]*q leave/);
}

test.runIf(hasTmux)(
  "the desk is shown at 80×24, and its keys choose, stop, start, restart and rotate",
  async () => {
    const screen = await openTop();
    const lines = screen.trimEnd().split("\n");
    expect(lines.length).toBe(24);
    expect(lines[0]).toMatch(/^launch top {2}3 running/);
    expect(lines[1]).toMatch(/^ {2}UNIT +STATE +PROXY +EXIT IP/);
    expect(lines[2]).toMatch(/^> alice +running +fra-1 +127\.0\.0\.11/);
    expect(await terminal.screen("coloured")).not.toContain("\u001b[3");
    await terminal.shows(/^alice.*\nfra-1 127\.0\.0\.11 .* proven by 2 of 2[\s\S]*heartbeat \d/m);

    await terminal.type("s");
    await terminal.shows(/^Stop alice\? It stays stopped until it is started\. \[y\/N\]/m);
    await terminal.type("n");
    await terminal.shows(/^Nothing was done\./m);
    expect(await unitsNow()).toContain("alice");
    await terminal.type("s", "y");
    await terminal.shows(/^alice: It stopped\./m);
    expect(await unitsNow()).not.toContain("alice");
    await terminal.shows(/> alice +stopped/);
    await terminal.type("u");
    await terminal.shows(/^alice: It runs as pid \d+/m);
    await terminal.shows(/> alice +running/);
    const before = (await runs()).find(({ unit }) => unit === "alice")?.pid;
    await terminal.type("r", "y");
    await terminal.shows(new RegExp(`^alice: It runs as pid (?!${before}\\b)\\d+`, "m"));
    await terminal.type("x", "y");
    await terminal.shows(/^alice: It leaves through ams-1/m);
    await terminal.shows(/> alice +running +ams-1/);
    await terminal.type("Down");
    await terminal.shows(/^> bob /m);
  },
);

test.runIf(hasTmux)(
  "logs, reasons and everything known are opened over it, at any size of the terminal",
  async () => {
    await terminal.type("l");
    await terminal.shows(/^bob logs[\s\S]*answer 200/m);
    await terminal.type("g");
    await terminal.shows(/^bob logs[\s\S]*started process \d+ of run/m);
    await terminal.type("q", "w");
    await terminal.shows(/^bob why[\s\S]*EXITS/m);
    await terminal.type("q", "Enter");
    await terminal.shows(/^bob status[\s\S]*next exits/m);
    await terminal.type("q", "?");
    await terminal.shows(/^keys[\s\S]*leave; the bots go on/m);
    await terminal.type("q");
    for (const [columns, rows] of [
      [40, 10],
      [120, 40],
      [20, 4],
      [80, 24],
    ] as const) {
      await terminal.resize(columns, rows);
      const text = await terminal.shows(rows < 10 ? /^launch top/ : /^launch top[\s\S]*^> bob [\s\S]*↑↓/m);
      const isWhole = (shown: string) => shown.trimEnd().split("\n").length === rows;
      await eventually(() => terminal.screen(), isWhole);
      expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  },
);

test.runIf(hasTmux)(
  "leaving it, and any end of it but SIGKILL, gives the terminal back and leaves the bots running",
  async () => {
    const before = await runs();
    await terminal.type("q");
    await terminal.shows(/^ended 0$/m);
    await expectGivenBack();

    await openTop();
    await terminal.type("C-c");
    await terminal.shows(/^ended 0$/m);

    await openTop();
    await terminal.type("C-z");
    await terminal.shows(/(Stopped|Suspended)/);
    await terminal.type("fg; echo ended $?", "Enter");
    await terminal.shows(/funding[\s\S]*q leave/);
    const pid = Number(
      spawnSync("pgrep", ["-P", await terminal.fact("pane_pid")], { encoding: "utf8" }).stdout,
    );
    signal(pid, "SIGTERM");
    await terminal.shows(/^ended 143$/m);
    await expectGivenBack();

    const crash = `import { existsSync } from "node:fs"; setInterval(() => { if (existsSync("crash")) throw new Error("it broke"); }, 20).unref();`;
    await writeFile(join(stage.folder, "crash.mjs"), crash);
    await terminal.type(`clear; NODE_OPTIONS='--import ./crash.mjs' launch top; echo ended $?`, "Enter");
    await terminal.shows(/funding[\s\S]*q leave/);
    await writeFile(join(stage.folder, "crash"), "");
    expect(await terminal.shows(/^ended 70$/m)).toContain("it broke");
    await expectGivenBack();
    expect((await runs()).map(({ pid: own }) => own)).toEqual(before.map(({ pid: own }) => own));
    expect(
      pidOf(await seenAtVenue(stage, ({ account }) => account === "bob", stage.venue.entries.length)),
    ).toBe(before.find(({ unit }) => unit === "bob")?.pid);
  },
);

test("without a terminal it says what to run instead", async () => {
  const piped = await stage.launch(["top"]);
  expect([piped.exitCode, piped.stdout, piped.stderr]).toEqual([
    64,
    "",
    expect.stringMatching(/draws on a terminal[\s\S]*`launch ps --watch`.*`launch ps --json`/),
  ]);
});
