import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../lib/config/package-root.ts";
import { leftovers } from "../lab/leftovers.ts";
import { builtFile } from "../support/built.ts";
import { eventually } from "../support/eventually.ts";

const demo = builtFile("demo/main.js");
const temporary = newFolder(tmpdir());
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

test("the demo checks every step at the venue, says what to do next, and leaves nothing behind", async () => {
  const folder = newFolder(temporary);
  const { stdout } = await execa(process.execPath, [demo], { env: { TMPDIR: folder } });
  expect(stdout).toContain("Every step was checked at the venue.");
  expect(stdout).not.toMatch(/not enforced|FAILED/);
  expect(stdout).toContain("alice was banned on 127.0.0.12 and trades from 127.0.0.14 now.");
  expect(stdout).toContain("bob was only rate-limited and stays on 127.0.0.13.");
  expect(stdout.indexOf("3. launch bot")).toBeLessThan(stdout.indexOf("alice: fra-1"));
  const commands = stdout.split("\n").filter((line) => line.startsWith("./bin/launch "));
  expect(commands).toHaveLength(4);
  expect(readFileSync(join(packageRoot(), "README.md"), "utf8")).toContain(commands.join("\n"));
  expect(readdirSync(folder)).toEqual([]);
});

describe.concurrent("a demo that is ended early leaves no process and no folder", () => {
  test.each([
    ["Ctrl-C on a terminal", "3. launch bot", (terminal: ChildProcess) => terminal.stdin?.write("\u0003")],
    ["a terminal that is closed", "2. Make a private", (terminal: ChildProcess) => terminal.kill("SIGKILL")],
  ])("%s", async (name, when, end) => {
    const folder = newFolder(temporary);
    const command = `stty cols 100 rows 30; exec '${process.execPath}' '${demo}'`;
    const terminal = spawn("script", ["-qefc", command, "/dev/null"], {
      env: { ...process.env, TMPDIR: folder, TERM: "xterm" },
      stdio: ["pipe", "pipe", "inherit"],
    });
    await says(terminal, when);
    end(terminal);
    const [status] = await once(terminal, "exit");
    if (name.startsWith("Ctrl-C")) expect(status).toBe(130);
    await eventually(
      () => readdirSync(folder),
      (names) => names.length === 0,
      60_000,
    );
    // Nobody waits for the end of one whose terminal is gone.
    await eventually(
      () => leftovers(folder),
      (left) => left.length === 0,
      30_000,
    );
  });

  test("SIGTERM", async () => {
    const folder = newFolder(temporary);
    const running = spawn(process.execPath, [demo], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await says(running, "1. Start four");
    running.kill("SIGTERM");
    expect((await once(running, "exit"))[0]).toBe(143);
    expect(readdirSync(folder)).toEqual([]);
    expect(await leftovers(folder)).toEqual([]);
  });
});

async function says(program: ChildProcess, words: string): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    program.once("exit", () => reject(new Error(`ended before it said ${words}: …${said.slice(-500)}`)));
    program.stdout?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(words)) resolve();
    });
  });
}

// As root the database runs as another user, who has to pass through.
function newFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, "slipway-demo-"));
  chmodSync(folder, 0o711);
  return folder;
}
