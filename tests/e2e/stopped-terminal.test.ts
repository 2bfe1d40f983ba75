import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await e2eStage({ proxies: { "fra-1": "http" } });
  await addAccount(stage, "alice", ["fra-1"]);
});
afterAll(() => stage.close());

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

test("a terminal that takes nothing, as after Ctrl-S, holds up neither relay nor lease", async () => {
  const command = [process.execPath, path("../../bin/launch"), "bot", "--account", "alice"];
  const terminal = spawn("python3", [path("../fixtures/terminal/stalls.py"), "answer 200", ...command], {
    cwd: stage.folder,
    env: stage.env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(terminal, "exit");
  try {
    const words = createInterface({ input: terminal.stdout })[Symbol.asyncIterator]();
    expect((await words.next()).value).toBe("stopped");
    const from = stage.venue.entries.length;
    await eventually(
      () => stage.venue.entries.length - from,
      (requests) => requests >= 12,
    );
    terminal.stdin.end();
    expect((await words.next()).value).toBe("0");
  } finally {
    terminal.kill("SIGKILL");
    await ended;
  }
});
