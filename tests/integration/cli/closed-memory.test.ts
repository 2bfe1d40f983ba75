import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { packageRoot } from "../../../lib/config/package-root.ts";

let stop = async () => {};
afterEach(() => stop());

async function startEcho(options: Pick<SpawnOptions, "cwd" | "env"> = {}) {
  const words = [join(packageRoot(), "bin/launch"), "echo", "--port", "0"];
  const child = spawn(process.execPath, words, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "close");
  stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  const said: string[] = [];
  const lines = createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  while (!said.some((line) => line.includes("http:"))) await once(lines, "line");
  return { child, said };
}

/** It answers many times, so a signal that it got before has been taken. */
async function answers(said: readonly string[]): Promise<void> {
  const url = /http:\S+\d/.exec(said.join("\n"))?.[0] ?? "";
  for (let round = 0; round < 20; round++) expect((await fetch(url)).status).toBe(200);
}

test("SIGUSR1, by which Node opens a debugger on loopback, opens none", async () => {
  const { child, said } = await startEcho();
  child.kill("SIGUSR1");
  await answers(said);
  await stop();
  expect(said.join("\n")).not.toContain("Debugger");
});

test.runIf(process.platform === "linux")("a core dump of the launcher holds none of its memory", async () => {
  const { child } = await startEcho();
  expect(readFileSync(`/proc/${child.pid}/coredump_filter`, "utf8").trim()).toBe("00000000");
});

test("NODE_OPTIONS meant for the bots makes the launcher write no heap snapshot and no report, and opens no debugger", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "slipway-dumps-"));
  const dumps =
    "--heapsnapshot-signal=SIGUSR2 --report-on-signal --report-on-fatalerror --report-uncaught-exception";
  const env = { ...process.env, NODE_OPTIONS: `${dumps} --inspect=127.0.0.1:0` };
  try {
    const { child, said } = await startEcho({ cwd, env });
    const port = /ws:\/\/127\.0\.0\.1:(\d+)/.exec(said.join("\n"))?.[1];
    await expect(fetch(`http://127.0.0.1:${port}/json/version`)).rejects.toThrow("fetch failed");
    child.kill("SIGUSR2");
    await answers(said);
    await stop();
    expect(readdirSync(cwd)).toEqual([]);
  } finally {
    rmSync(cwd, { recursive: true });
  }
});
