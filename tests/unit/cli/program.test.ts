import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { runProgram } from "../../../lib/cli/program.ts";
import type { Host } from "../../../lib/cli/terminal/terminal.ts";

function fakeHost(platform = "linux") {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const host = { ...streams, env: {}, platform, version: "9.9.9" } as unknown as Host;
  const text = (stream: PassThrough) => String(stream.read() ?? "");
  return { host, stdout: () => text(streams.stdout), stderr: () => text(streams.stderr) };
}

describe("the program", () => {
  test("on Windows refuses every command with 78, but still shows its help", async () => {
    const { host, stdout, stderr } = fakeHost("win32");
    expect(await runProgram(["config", "explain"], host)).toBe(78);
    expect([stdout(), stderr()]).toEqual([
      "",
      expect.stringMatching(/^LAUNCH_PLATFORM_UNSUPPORTED Slipway does not run on Windows\.\nhint: /),
    ]);
    expect(await runProgram(["config", "explain", "--help"], host)).toBe(0);
  });

  test("takes global flags before and after the command's name", async () => {
    for (const words of [
      ["--json", "config", "explain", "keys"],
      ["config", "explain", "keys", "--json"],
    ]) {
      const { host, stdout } = fakeHost();
      expect(await runProgram(words, host)).toBe(0);
      expect(JSON.parse(stdout())).toMatchObject({ version: 1, settings: [{ name: "keys" }] });
    }
  });

  test("does not read what follows -- as its own flags", async () => {
    const { host, stdout, stderr } = fakeHost();
    expect(await runProgram(["config", "explain", "--", "--version", "--json"], host)).toBe(64);
    expect([stdout(), stderr()]).toEqual(["", expect.stringMatching(/^LAUNCH_USAGE /)]);
  });
});
