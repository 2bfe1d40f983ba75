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
    expect(stderr).toMatch(/^LAUNCH_USAGE .*no terminal to ask on\.\nhint: .*-stdin or -file/m);
  });
});

/** Waits until the question stands on the terminal. */
function prompted(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let seen = "";
    child.stdout?.on("data", (chunk) => {
      seen += String(chunk);
      if (/password/i.test(seen)) resolve();
    });
  });
}
