import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { runProgram } from "../../../lib/cli/program.ts";
import type { Host } from "../../../lib/cli/terminal/terminal.ts";

function fakeHost(platform = "linux") {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const host = {
    ...streams,
    env: {},
    platform,
    version: "9.9.9",
    spelled: (text: string) => text,
  } as unknown as Host;
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

  test.each<[string[], RegExp]>([
    [
      ["proxy", "add", "x", "--proxy-endpoint", "http://a:1", "--proxy-endpoint", "http://u:hunter2@b:2"],
      /--proxy-endpoint was given twice/,
    ],
    [
      ["proxy", "add", "x", "--proxy-user", "u", "--proxy-pass", "a", "--proxy-pass", "hunter2"],
      /--proxy-pass was given twice/,
    ],
    [["proxy", "import", "-", "--scheme", "http", "--scheme", "socks5"], /--scheme was given twice/],
    [["events", "--limit", "1", "--limit", "2"], /--limit was given twice/],
    [["ps", "--state-dir", "/a", "--state-dir", "/b"], /--state-dir was given twice/],
    [
      ["proxy", "add", "fra-1\u200B", "--proxy-endpoint", "http://a:1"],
      /<label> holds U\+200B \(zero width space\) as character 6/,
    ],
    [
      ["account", "add", "alice", "--venue", "binance\u00AD"],
      /--venue holds U\+00AD \(soft hyphen\) as character 8/,
    ],
    [
      ["proxy", "add", "x", "--proxy-user", "u\u200Eser", "--proxy-endpoint", "http://a:1"],
      /--proxy-user holds U\+200E/,
    ],
    [["proxy", "check", "fra-1", "fra-2\u00A0"], /<labels> holds U\+00A0/],
  ])(
    "refuses a value given twice, and one that cannot be seen whole, without quoting it: %j",
    async (words, expected) => {
      const { host, stdout, stderr } = fakeHost();
      expect(await runProgram(words, host)).toBe(64);
      const told = stderr();
      expect([stdout(), told]).toEqual(["", expect.stringMatching(expected)]);
      expect(told).not.toContain("hunter2");
    },
  );

  test.each([
    [["ps", "--json=yes"], "--json takes no value.", "Type --json alone."],
    [["bot", "\u2014account", "alice"], '"\u2014account" begins with U+2014', "Type --account with"],
    [
      ["bot", "alice", "\u2013\u2013isolation=env"],
      '"\u2013\u2013isolation" begins',
      "Type --isolation with",
    ],
    [["account", "hold", "alice", "\u2013why", "x"], '"\u2013why" begins', "Type --why with"],
    [["config", "explain", "\u2014all"], '"\u2014all" begins', "Type --all with"],
    [["\u2014help"], '"\u2014help" begins', "Type --help with"],
    [
      ["proxy", "add", "x", "\u2014proxy-pass=hunter2"],
      '"\u2014proxy-pass" begins',
      "Type --proxy-pass with",
    ],
    [["bto", "alice"], "Did you mean `launch bot`?", "Run `launch --help`."],
  ])("says what to type in place of %j", async (words, wrong, right) => {
    const { host, stdout, stderr } = fakeHost();
    expect(await runProgram(words, host)).toBe(64);
    const told = stderr();
    expect([stdout(), told]).toEqual(["", expect.stringContaining(wrong)]);
    expect(told).toContain(right);
    expect(told).not.toContain("hunter2");
  });

  test("does not read what follows -- as its own flags", async () => {
    const { host, stdout, stderr } = fakeHost();
    expect(await runProgram(["config", "explain", "--", "--version", "--json"], host)).toBe(64);
    expect([stdout(), stderr()]).toEqual(["", expect.stringMatching(/^LAUNCH_USAGE /)]);
  });
});
