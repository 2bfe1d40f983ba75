import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { collect, newStranger, type Stranger } from "../../support/operator/launch-program.ts";

const secret = "hunter2:@%/";
const add = (label: string) =>
  `proxy add ${label} --proxy-user user --proxy-endpoint http://gw.example:8001`.split(" ");

let stranger: Stranger;
beforeAll(async () => {
  stranger = newStranger();
  await stranger.launch(["init"]);
});
afterAll(async () => {
  await stranger.launch(["db", "stop"]);
  stranger.remove();
});

describe("a password that no flag gives", () => {
  test("is asked for on a terminal, without echo", async () => {
    const child = stranger.startOnTerminal(add("fra-1"));
    onTestFinished(() => void child.kill());
    const finished = collect(child);
    await prompted(child);
    child.stdin?.write(`${secret}\r`);
    const { status, stdout } = await finished;
    expect(status, stdout).toBe(0);
    expect(stdout).not.toContain("hunter2");
    const listed = await stranger.launch(["proxy", "ls", "--json"]);
    expect(listed.stdout).toContain('"fra-1"');
  });

  test("of alerts may be a URL, which no password of a proxy is", async () => {
    const child = stranger.startOnTerminal(["notify", "seal", "hook"]);
    onTestFinished(() => void child.kill());
    const finished = collect(child);
    await prompted(child, /secret for hook/i);
    child.stdin?.write("https://hooks.example/T0/B0/hunter2\r");
    const { status, stdout } = await finished;
    expect([status, stdout]).toEqual([0, expect.stringContaining("hook is sealed with key")]);
  });

  test("is given up with Ctrl-C: 130, and nothing is stored", async () => {
    const child = stranger.startOnTerminal(add("fra-2"));
    onTestFinished(() => void child.kill());
    const finished = collect(child);
    await prompted(child);
    child.stdin?.write("\u0003");
    expect((await finished).status).toBe(130);
    expect((await stranger.launch(["proxy", "ls", "--json"])).stdout).not.toContain("fra-2");
  });

  test("is missing where there is no terminal, and the flags to give it are named", async () => {
    const { status, stdout, stderr } = await stranger.launch(add("fra-3"));
    expect([status, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(
      /^LAUNCH_USAGE .*no terminal to ask for it\.\nhint: .*--proxy-pass-stdin or --proxy-pass-file/m,
    );
  });
});

test.each([
  [["account", "add", "a b"], /cannot be the name of an account\.\nhint: Use 1 to 63 letters, digits/],
  [["account", "add", "bob", "--venue", "a b"], /name of a venue\.\nhint: Use 1 to 63 letters, digits/],
])("a name that cannot be one is refused with what can: %j", async (words, expected) => {
  const { status, stderr } = await stranger.launch(words);
  expect(status).toBe(64);
  expect(stderr).toMatch(expected);
});

test("an endpoint with a mistyped scheme is refused with what is wrong, without its password, and never stored", async () => {
  for (const endpoint of ["http//u:hunter2@gw.example:80", "http:/gw.example:80"]) {
    const { status, stdout, stderr } = await stranger.launch([
      "proxy",
      "add",
      "typo-1",
      "--proxy-endpoint",
      endpoint,
    ]);
    expect([status, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(/begins with a mistyped scheme[\s\S]*\nhint: Write it as http:\/\//);
    expect(stderr).not.toContain("hunter2");
  }
  expect((await stranger.launch(["proxy", "ls", "--json"])).stdout).not.toContain("typo-1");
});

/** Waits until the question stands on the terminal. */
function prompted(child: ChildProcess, question = /password/i): Promise<void> {
  return new Promise((resolve) => {
    let seen = "";
    child.stdout?.on("data", (chunk) => {
      seen += String(chunk);
      if (question.test(seen)) resolve();
    });
  });
}
