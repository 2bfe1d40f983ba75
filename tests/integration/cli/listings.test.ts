import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { finish, newStranger, type Stranger } from "../../support/operator/launch-program.ts";

let stranger: Stranger;
beforeAll(async () => {
  stranger = newStranger();
  await stranger.launch(["init"]);
});
afterAll(async () => {
  await stranger.launch(["db", "stop"]);
  stranger.remove();
});

const label = "netnut-frankfurt-residential-line-000001";
const endpoint = "http://residential-gateway.netnut-frankfurt.example:18001";

describe("a listing without anything in it", () => {
  test.each([
    [["account", "ls"], "launch account add <name>"],
    [["proxy", "ls"], "launch proxy add"],
    [["proxy", "check"], "launch proxy add"],
    [["events"], "launch account add"],
    [["config", "explain", "nothing.such"], "launch config explain"],
  ])("%j says what to type next", async (words, next) => {
    const { status, stdout } = await stranger.launch(words);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^[A-Z].*\.\n$/);
    expect(stdout).toContain(`\`${next}`);
    const { stdout: json } = await stranger.launch([...words, "--json"]);
    expect(Object.values(JSON.parse(json) as object).at(words[0] === "config" ? 1 : -1)).toEqual([]);
  });
});

test("a revive tells what still stands against the proxy itself, and what to type", async () => {
  await stranger.launch(["proxy", "add", "fra-1", "--proxy-endpoint", "http://127.0.0.1:9"]);
  await stranger.launch(["account", "add", "alice", "--proxy-label", "fra-1"]);
  await stranger.launch(["demote", "alice", "fra-1"]);
  await stranger.launch(["proxy", "disable", "fra-1"]);
  const { status, stderr } = await stranger.launch(["revive", "alice", "fra-1"]);
  expect([status, stderr]).toEqual([
    0,
    expect.stringMatching(/fra-1 is disabled\. .*`launch proxy enable fra-1`/),
  ]);
  expect(stderr).not.toContain("may use");
  await stranger.launch(["proxy", "enable", "fra-1"]);
  expect((await stranger.launch(["revive", "alice", "fra-1"])).stderr).toContain(
    "alice may use fra-1 again.",
  );
});

describe("a listing of long labels and many accounts", () => {
  beforeAll(async () => {
    const facts = ["--proxy-country", "DE", "--proxy-expected-ip", "203.0.113.207"];
    await stranger.launch(["proxy", "add", label, "--proxy-endpoint", endpoint, ...facts]);
    for (let count = 1; count <= 6; count++) {
      await stranger.launch(["account", "add", `market-maker-${count}`, "--proxy-label", label]);
    }
  });

  test.each([
    [["account", "ls"]],
    [["proxy", "ls"]],
    [["proxy", "check", label, "--timeout", "1s"]],
    [["events"]],
    [["doctor", "--offline"]],
    [["config", "explain"]],
    [["keys", "ls"]],
  ])("%j fits a terminal of eighty columns", async (words) => {
    // With -q the notes, whose lines the terminal itself folds, stay away.
    const { stdout } = await stranger.launchOnTerminal([...words, "-q", "--color=never"]);
    const lines = stdout.split(/\r?\n/);
    expect(lines[0]).toMatch(/^[A-Z]+( {2,}[A-Z]+)+$/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test("tells on a terminal how many accounts it leaves out, and names them all with --wide and in a pipe", async () => {
    const narrow = await stranger.launchOnTerminal(["proxy", "ls"]);
    expect(narrow.stdout).toMatch(/,\+3\b/);
    const all = Array.from({ length: 6 }, (_, index) => `market-maker-${index + 1}`).join(",");
    expect((await stranger.launchOnTerminal(["proxy", "ls", "--wide"])).stdout).toContain(all);
    expect((await stranger.launch(["proxy", "ls"])).stdout).toContain(all);
  });
});

test.skipIf(!existsSync("/dev/full"))("a listing that does not fit on the disk is no success", async () => {
  const { env, home: cwd } = stranger;
  const full = openSync("/dev/full", "w");
  const { status, stderr } = await finish(
    spawn("launch", ["config", "explain"], { env, cwd, stdio: ["ignore", full, "pipe"] }),
  );
  closeSync(full);
  expect(stderr).toMatch(
    /^LAUNCH_HOST_LIMIT The output could not be written whole \(no space left on device\)\./,
  );
  expect(status).toBe(75);
});
